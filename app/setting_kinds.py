"""Kinds of settings: how each is written, and the words for what it must be."""

from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints

from app.private_key import PEM


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def plain_path(value: object) -> object:
    """PEM text given in place of a path is a common accident, and must not reach an error text."""
    if isinstance(value, str) and PEM in value:
        raise ValueError("is the key itself: give its path, or set VONAGE_PRIVATE_KEY_BASE64")
    return value


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_comma_separated)]
NETWORKS = "networks separated by commas, as in 10.0.0.0/8,fd00::/8"
AN_URL = "an address that begins with http:// or https://"

# Shorter secrets can be guessed; 128 bits in hexadecimal is 32 characters.
_ApiKey = Annotated[SecretStr, Field(min_length=20)]
ApiKeys = Annotated[tuple[_ApiKey, ...], BeforeValidator(_comma_separated)]
_Secret = Annotated[SecretStr, Field(min_length=8)]
Secrets = Annotated[tuple[_Secret, ...], BeforeValidator(_comma_separated)]
_HashKey = Annotated[SecretStr, Field(min_length=32)]
HashKeys = Annotated[tuple[_HashKey, ...], BeforeValidator(_comma_separated)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+(/[^\s]*)?$")]
# A number as Vonage writes it, with or without its plus, or a sender name (GSM: 11 characters).
Sender = Annotated[
    str, StringConstraints(pattern=r"^(\+?[1-9][0-9]{2,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$")
]

OFF = "off"


def _unless_off(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == OFF else value


_Of = TypeVar("_Of")
OrOff = Annotated[_Of | None, BeforeValidator(_unless_off)]
Share = Annotated[float, Field(gt=0, le=1)]
Amount = Annotated[Decimal, Field(gt=0, le=1_000_000_000, decimal_places=6)]
Days = Annotated[int, Field(ge=1, le=36_500)]
DAYS = f"a whole number of days from 1 on, or {OFF}"
A_SHARE = f"a share above 0 and up to 1, as in 0.25, or {OFF}"
AN_AMOUNT = f"an amount as in 25.00, or {OFF}"
