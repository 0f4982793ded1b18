"""The database. Functions take a session and values, give values, and never commit."""
