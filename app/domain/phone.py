"""Telephone numbers, read as people write them."""

from typing import NewType

PhoneNumber = NewType("PhoneNumber", str)
"""E.164 with its plus, as in +14155550101."""
