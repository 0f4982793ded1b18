"""Webhooks as Vonage sends them: bodies with sensible contents, and the signature around them."""

import hashlib
import json
import time
import uuid
from typing import Any

import jwt

from tests.support.builders import SENDER, SIGNATURE_SECRET, environment

Body = dict[str, Any] | bytes


def as_bytes(body: Body) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def signed(body: Body, secret: str = SIGNATURE_SECRET, **claims: Any) -> dict[str, str]:
    """The headers of a webhook with this body; `claims` replace those of the token."""
    names = environment()
    made = {
        "iss": "Vonage",
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "api_key": names["VONAGE_API_KEY"],
        "application_id": names["VONAGE_APPLICATION_ID"],
        "payload_hash": hashlib.sha256(as_bytes(body)).hexdigest(),
        **claims,
    }
    token = jwt.encode(made, secret, algorithm="HS256")
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def receipt(message: dict[str, Any], status: str, minute: int = 0, **changes: Any) -> Body:
    """A delivery receipt (Messages API v1) for a message as our API shows it."""
    return {
        "message_uuid": message["message_uuid"],
        "client_ref": message["id"],
        "to": message["number"].removeprefix("+"),
        "from": SENDER.removeprefix("+"),
        "channel": "sms",
        "timestamp": f"2026-03-02T12:{minute:02}:00Z",
        "status": status,
        "usage": {"currency": "EUR", "price": "0.0333"},
        "sms": {"count_total": "1"},
        **changes,
    }


def inbound(text: str, from_number: str = "+14155550000", **changes: Any) -> dict[str, Any]:
    """A text that somebody sends us (Messages API v1)."""
    return {
        "channel": "sms",
        "message_type": "text",
        "message_uuid": str(uuid.uuid4()),
        "from": from_number.removeprefix("+"),
        "to": SENDER.removeprefix("+"),
        "timestamp": "2026-03-02T12:00:00Z",
        "text": text,
        "sms": {"num_messages": "1"},
        **changes,
    }
