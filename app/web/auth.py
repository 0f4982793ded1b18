"""Who may call the API: whoever holds a key."""

import hashlib
import hmac
from collections.abc import Iterable

from flask import Response, request

from app.domain.errors import NotAuthentic
from app.web.context import options

_SHOWN = 8  # digits of the hash: enough to tell the keys of one service apart


def require_key() -> Response | None:
    """Guard of a blueprint; raises NotAuthentic, without a hint at what was wrong."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_known(key.strip(), options().api_keys):
        raise NotAuthentic("API key missing or unknown")
    return None


def actor() -> str:
    """Who makes this request, by a name for the key that does not reveal it."""
    _, _, key = request.headers.get("Authorization", "").partition(" ")
    return f"API key {_digest(key.strip()).hex()[:_SHOWN]}"


def is_known(key: str, keys: Iterable[str]) -> bool:
    """Is this one of the keys? Takes as long whichever it is, and whether or not it is."""
    given = _digest(key)
    return sum(hmac.compare_digest(given, _digest(known)) for known in keys) > 0


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
