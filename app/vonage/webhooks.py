"""read_status, read_inbound: bodies of webhooks into our values.

None means: understood, and none of our business; it is answered with success and forgotten.
FixInput means: this can never be used. Whatever lies between is read as far as it goes, since a
body that is refused never comes again.
"""

import re
from datetime import datetime
from typing import Any

from app.domain.errors import FixInput, Mistake
from app.domain.message import DeliveryReceipt, InboundMessage, MessageStatus
from app.vonage.shapes import (
    Fields,
    first,
    inner,
    is_sms,
    party,
    read_count,
    read_currency,
    read_fields,
    read_id,
    read_price,
    read_scts,
    read_time,
)
from app.vonage.wording import for_people, number_in_type, scalar, storable

_STATUSES = {
    "submitted": MessageStatus.SUBMITTED,
    "delivered": MessageStatus.DELIVERED,
    "rejected": MessageStatus.REJECTED,
    "undeliverable": MessageStatus.UNDELIVERABLE,
    # names of the legacy SMS API
    "accepted": MessageStatus.SUBMITTED,  # the carrier has it
    "buffered": MessageStatus.SUBMITTED,  # the carrier has it, and waits for the handset
    "failed": MessageStatus.REJECTED,
    "expired": MessageStatus.REJECTED,
    "unknown": MessageStatus.REJECTED,
}
"""What is missing, as `read` of other channels or a name of tomorrow, is not for us."""

_CODE_OF_STATUS = {"expired": "1360", "unknown": "1330"}
"""As the Messages API names these ends: developer.vonage.com, SMS status callbacks."""

_OUR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read_status(body: bytes, now: datetime) -> DeliveryReceipt | None:
    """The carrier's word on a message of ours; `now` stands in for an unreadable time."""
    fields = read_fields(body)
    if not is_sms(fields):
        return None
    name = (first(fields, "status") or "").lower()
    message_uuid, client_ref = _message_uuid(fields), _client_ref(fields)
    _must_have({"/status": name or None, "/message_uuid": message_uuid or client_ref})
    status, its_code = read_status_word(name)
    if status is None:
        return None
    code, reason = _error(fields)
    usage = inner(fields, "usage")
    return DeliveryReceipt(
        status=status,
        at=_at(fields) or now,
        client_ref=client_ref,
        message_uuid=message_uuid,
        to=party(fields, "msisdn", "to"),  # in a legacy receipt `to` is the sender
        error_code=its_code or code,
        reason=reason,
        price=read_price(first(usage, "price") or first(fields, "price")),
        currency=read_currency(first(usage, "currency") or first(fields, "currency")),
        segments=_segments(inner(fields, "sms")),
    )


def read_status_word(word: str) -> tuple[MessageStatus | None, str | None]:
    """The status that a word of Vonage's means, and the code that the word alone tells."""
    name = word.lower()
    return _STATUSES.get(name), _CODE_OF_STATUS.get(name)


def read_inbound(body: bytes, now: datetime) -> InboundMessage | None:
    """A text that somebody sent to one of our numbers; `now` as in read_status."""
    fields = read_fields(body)
    if not is_sms(fields) or first(fields, "type") == "binary" or _is_status(fields):
        return None
    message_uuid = _message_uuid(fields)
    from_number, to = party(fields, "msisdn", "from"), party(fields, "to")
    text = _text(fields)
    _must_have({"/message_uuid": message_uuid, "/from": from_number, "/to": to, "/text": text})
    assert message_uuid is not None
    assert from_number is not None
    assert to is not None
    assert text is not None
    return InboundMessage(message_uuid, from_number, to, text, _at(fields) or now)


def event_key(receipt: DeliveryReceipt) -> str:
    """Equal for an event that comes twice: which message, which status, when."""
    message = receipt.message_uuid or receipt.client_ref
    return f"{message} {receipt.status.value} {receipt.at.isoformat()}"


def _must_have(found: dict[str, Any]) -> None:
    missing = [pointer for pointer, value in found.items() if value is None]
    if missing:
        raise FixInput(Mistake(pointer, "is missing or cannot be read") for pointer in missing)


def _is_status(fields: Fields) -> bool:
    """A receipt that came to the wrong address."""
    return first(fields, "status") is not None and _text(fields) is None


def _message_uuid(fields: Fields) -> str | None:
    return read_id(first(fields, "message_uuid", "messageId", "message-id"))


def _client_ref(fields: Fields) -> str | None:
    return read_client_ref(first(fields, "client_ref", "client-ref"))


def read_client_ref(text: str | None) -> str | None:
    """Our own id. What is none of ours is nothing, so that storage never sees a malformed id."""
    return text.lower() if text and _OUR_ID.fullmatch(text) else None


def _text(fields: Fields) -> str | None:
    """The text as it was written, blanks included; None when there is none at all."""
    for holder in (fields, inner(fields, "message", "content")):
        value = holder.get("text")
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return storable(value)
    return None


def _at(fields: Fields) -> datetime | None:
    return read_time(
        (
            first(fields, "timestamp"),
            first(fields, "message-timestamp"),
            read_scts(first(fields, "scts")),
        )
    )


def _segments(sms: Fields) -> int | None:
    """Some pages and SDKs say count_total, some total_count."""
    listed = sms.get("segments")
    counted = str(len(listed)) if isinstance(listed, list) else None
    return read_count(first(sms, "count_total", "total_count") or counted)


def _error(fields: Fields) -> tuple[str | None, str | None]:
    """The code and the words of an error, both None when there is none."""
    error = inner(fields, "error")
    if not error:
        return read_code(scalar(fields.get("error")) or first(fields, "err-code")), None
    nested = inner(error, "error")
    codes = (
        scalar(holder.get(name))
        for holder in (error, nested)
        for name in ("code", "title", "error")
    )
    code = next((text for text in codes if text and text.isdecimal()), None)
    words = first(error, "detail", "reason") or first(nested, "detail", "reason")
    title = first(error, "title")
    told = words or (title if title != code else None)
    return (
        read_code(code or number_in_type(error.get("type")) or number_in_type(nested.get("type"))),
        for_people(told) if told else None,
    )


def read_code(text: str | None) -> str | None:
    """A code of the table; "0" is the legacy way to say that there is none."""
    return text if text and re.fullmatch(r"[1-9]\d{0,7}", text, re.ASCII) else None
