"""Signatures of outgoing webhooks, after the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

PREFIX = "whsec_"
BYTES = 32  # of a secret; the specification asks for 24 to 64
BOTH_SIGN = timedelta(hours=24)  # after a rotation, so that receivers can change in peace


def secret_of(entropy: bytes) -> str:
    """The secret as both sides write it."""
    assert len(entropy) == BYTES
    return PREFIX + base64.b64encode(entropy).decode()


def signature(secrets: Iterable[str], event_id: str, at: datetime, body: str) -> str:
    """The header `webhook-signature`: one signature for each secret, separated by spaces."""
    signed = f"{event_id}.{int(at.timestamp())}.{body}".encode()
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def headers(secrets: Iterable[str], event_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers that a receiver checks."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(secrets, event_id, at, body),
    }


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
