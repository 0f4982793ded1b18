"""What the product does. One method, one transaction."""
