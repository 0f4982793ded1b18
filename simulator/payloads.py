"""The JSON of Vonage's webhooks: receipts and incoming texts, in each of their shapes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulator.behaviours import Receipt
from simulator.contract import Message
from simulator.error_codes import REASONS
from simulator.segments import count_segments

PRICE = Decimal("0.0333")  # euros for each segment
NETWORK = "310004"
_MESSAGE_ERRORS = "https://developer.vonage.com/api-errors/messages"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that Vonage has taken, with what it counted."""

    message: Message
    message_uuid: str
    segments: int

    @classmethod
    def count(cls, message: Message, message_uuid: str) -> "Accepted":
        return cls(message, message_uuid, count_segments(message.text, message.encoding))


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a phone sends to the service."""

    sender: str
    to: str
    text: str
    message_uuid: str
    shape: str = "v1"


def receipt_payload(accepted: Accepted, receipt: Receipt, at: float, shape: str) -> dict[str, Any]:
    """A status webhook as the named version writes it."""
    payload = (_receipt_v0 if shape == "v0.1" else _receipt_v1)(accepted, receipt)
    payload["timestamp"] = timestamp(at)
    payload["usage"] = _usage(accepted.segments)
    if accepted.message.client_ref is not None:
        payload["client_ref"] = accepted.message.client_ref
    return payload


def _receipt_v1(accepted: Accepted, receipt: Receipt) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "message_uuid": accepted.message_uuid,
        "to": accepted.message.to,
        "from": accepted.message.sender,
        "channel": "sms",
        "status": receipt.status,
        "destination": {"network_code": NETWORK},
        "sms": {"count_total": str(accepted.segments)},
    }
    if receipt.code is not None:
        payload["error"] = {
            "type": f"{_MESSAGE_ERRORS}#{receipt.code}",
            "title": str(receipt.code),
            "detail": REASONS[receipt.code],
            "instance": accepted.message_uuid.replace("-", ""),
        }
    return payload


def _receipt_v0(accepted: Accepted, receipt: Receipt) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "message_uuid": accepted.message_uuid,
        "to": _endpoint(accepted.message.to),
        "from": _endpoint(accepted.message.sender),
        "status": receipt.status,
    }
    if receipt.code is not None:
        payload["error"] = {"code": receipt.code, "reason": REASONS[receipt.code]}
    return payload


def text_payload(text: Text, at: float) -> dict[str, Any]:
    """An inbound webhook as v1, v0.1 or the older SMS API ("legacy") writes it."""
    return _TEXT_SHAPES[text.shape](text, at)


def _text_v1(text: Text, at: float) -> dict[str, Any]:
    return {
        "channel": "sms",
        "message_uuid": text.message_uuid,
        "to": text.to,
        "from": text.sender,
        "timestamp": timestamp(at),
        "message_type": "text",
        "text": text.text,
        "sms": {"num_messages": str(count_segments(text.text)), "keyword": _keyword(text.text)},
        "usage": _usage(1),
        "origin": {"network_code": NETWORK},
    }


def _text_v0(text: Text, at: float) -> dict[str, Any]:
    return {
        "message_uuid": text.message_uuid,
        "timestamp": timestamp(at),
        "to": _endpoint(text.to),
        "from": _endpoint(text.sender),
        "message": {
            "content": {"type": "text", "text": text.text},
            "sms": {"num_messages": str(count_segments(text.text))},
        },
        "usage": _usage(1),
    }


def _text_legacy(text: Text, at: float) -> dict[str, Any]:
    return {
        "msisdn": text.sender,
        "to": text.to,
        "messageId": text.message_uuid,
        "text": text.text,
        "type": "text",
        "keyword": _keyword(text.text),
        "message-timestamp": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }


_TEXT_SHAPES = {"v1": _text_v1, "v0.1": _text_v0, "legacy": _text_legacy}
TEXT_SHAPES = tuple(_TEXT_SHAPES)


def timestamp(at: float) -> str:
    """ISO 8601 in UTC with milliseconds, as in 2025-02-03T12:14:25.000Z."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _usage(segments: int) -> dict[str, str]:
    return {"currency": "EUR", "price": str(PRICE * segments)}


def _endpoint(number: str) -> dict[str, str]:
    return {"type": "sms", "number": number}


def _keyword(text: str) -> str:
    """The first word in capitals; an empty text has none."""
    return next(iter(text.split()), "").upper()
