"""Clients' own addresses, called safely."""
