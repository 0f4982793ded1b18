"""Status webhooks of messages that were sent: signed, verified, stored and applied."""

import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jwt

from bench import load
from bench.send import TEXT
from bench.service import APPLICATION, SIGNATURE_SECRET, VONAGE_KEY, Service, running, wait_for

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Received:
    """What came of webhooks on so many connections."""

    connections: int
    rate: float  # a second
    median: float  # seconds
    p99: float
    refused: int
    cpu: float  # seconds for 1,000


def measure(
    connections: int, messages: int, seconds: float, database_url: str | None, **changes: str
) -> Received:
    """Send a campaign, then call with two receipts for each of its messages."""
    with running(0.0, database_url, **changes) as service:
        made = calls(sent(service, messages))
        load.run(service.port, 4, made, 1.0)
        cpu = service.cpu()
        came = load.run(service.port, connections, made, seconds)
        cpu = service.cpu() - cpu
    return Received(
        connections,
        came.rate,
        came.wait(0.5),
        came.wait(0.99),
        came.refused,
        cpu / len(came.waits) * 1_000,
    )


def calls(messages: list[dict[str, Any]]) -> Iterator[bytes]:
    """Two receipts for each of them, signed and made beforehand."""
    return iter([_call(each) for each in receipts(messages)])


def sent(service: Service, count: int) -> list[dict[str, Any]]:
    """The messages of a campaign, once it is finished."""
    named = [f"+{15_551_000_000 + place}" for place in range(count)]
    body = json.dumps({"recipients": named, "message": TEXT}).encode()
    campaign = service.ask("POST", "/api/campaigns/send", body)[1]["campaign"]
    path = f"/api/campaigns/{campaign['id']}"
    wait_for(lambda: service.ask("GET", path)[1]["status"] == "finished", 600, pause=0.2)
    found: list[dict[str, Any]] = []
    following = f"{path}/messages?limit={_PAGE}"
    while following:
        page = service.ask("GET", following)[1]
        found += page["messages"]
        following = page["next"]
    return found


def receipts(messages: list[dict[str, Any]]) -> Iterator[bytes]:
    """The bodies of two receipts for each of them."""
    for status in ("submitted", "delivered"):
        for message in messages:
            receipt = {
                "message_uuid": message["message_uuid"],
                "client_ref": message["id"],
                "to": message["number"].removeprefix("+"),
                "from": "15550000001",
                "channel": "sms",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "status": status,
                "usage": {"currency": "EUR", "price": "0.0333"},
                "sms": {"count_total": "1"},
            }
            yield json.dumps(receipt).encode()


def token_for(body: bytes) -> str:
    """A signature as Vonage makes it."""
    claims = {
        "iss": "Vonage",
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "api_key": VONAGE_KEY,
        "application_id": APPLICATION,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    return jwt.encode(claims, SIGNATURE_SECRET, algorithm="HS256")


def _call(body: bytes) -> bytes:
    head = (
        "POST /webhooks/status HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token_for(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
