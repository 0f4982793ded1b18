"""Signed webhooks: the token by which the service knows that a webhook is Vonage's."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import uuid4

from simulator.answers import compact
from simulator.settings import Settings


def authorization(body: bytes, settings: Settings, now: float) -> str:
    """The Authorization header for exactly these bytes.

    HS256 with the account's signature secret, and no `exp`. Signed by hand: account secrets may be
    shorter than the 32 bytes that PyJWT warns about.
    """
    claims = {
        "iss": "Vonage",
        "iat": int(now),
        "jti": str(uuid4()),
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": settings.api_key,
        "application_id": settings.application_id,
    }
    signed = _HEADER + b"." + _base64(compact(claims))
    signature = hmac.digest(settings.signature_secret.encode(), signed, "sha256")
    return f"Bearer {(signed + b'.' + _base64(signature)).decode()}"


def _base64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


_HEADER = _base64(compact({"alg": "HS256", "typ": "JWT"}))
