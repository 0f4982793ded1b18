"""Who may call the API: whoever holds a key."""

import hashlib
import hmac
from collections.abc import Iterable

from flask import Response, request

from app.domain.errors import NotAuthentic
from app.web.context import options


def require_key() -> Response | None:
    """Guard of a blueprint; raises NotAuthentic, without a hint at what was wrong."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_known(key.strip(), options().api_keys):
        raise NotAuthentic("API key missing or unknown")
    return None


def actor() -> str:
    """Who is calling, as it may be shown and stored: a key is known by its fingerprint."""
    _, _, key = request.headers.get("Authorization", "").partition(" ")
    return f"API key {_digest(key.strip()).hex()[:8]}"


def is_known(key: str, keys: Iterable[str]) -> bool:
    """Is this one of the keys? Takes as long whichever it is, and whether or not it is."""
    given = _digest(key)
    return sum(hmac.compare_digest(given, _digest(known)) for known in keys) > 0


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
