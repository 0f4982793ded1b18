"""The shapes in which webhooks come, read alike: JSON or form, flat, nested or legacy.

Three shapes reach the same address, whichever the account is set to: the Messages API v1 (flat),
its v0.1 (`from` and `to` are objects), and the legacy SMS API (names with hyphens, JSON or form).
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from app.domain.errors import FixInput, InvalidNumber, Mistake
from app.domain.phone import PhoneNumber, read_number
from app.vonage.wording import scalar

Fields = dict[str, Any]

_MAX_FIELDS = 200
_LONGEST_NAME = 16  # characters, as a number with its plus; names have eleven at most
_MAX_PRICE = Decimal(10_000)  # of one message; more is a misreading, and no column's business
_SCTS = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII)  # YYMMDDHHMM[SS]
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")  # 2020-01-01 12:00:00 +0000
_THEIR_ID = re.compile(r"[!-~]{1,64}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COUNT = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_EPOCH = re.compile(r"\d{10}|\d{13}", re.ASCII)  # seconds or milliseconds


def read_fields(body: bytes) -> Fields:
    """The fields of a webhook's body; FixInput when it is neither a JSON object nor a form."""
    if body.lstrip()[:1] in (b"{", b"["):
        return _read_json(body)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise FixInput([Mistake("", "must be a JSON object or a form")]) from error
    return dict(pairs)


def _read_json(body: bytes) -> Fields:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FixInput([Mistake("", "must be JSON, and cannot be read as such")]) from error
    if not isinstance(fields, dict):
        raise FixInput([Mistake("", "must be a JSON object")])
    return fields


def first(fields: Fields, *names: str) -> str | None:
    """The first of these fields that holds a text or a number, as text."""
    for name in names:  # a loop, since a receipt asks twenty times, and half of it is not there
        value = fields.get(name)
        if value is not None and (text := scalar(value)):
            return text
    return None


def inner(fields: Fields, *path: str) -> Fields:
    """The object at this path, or an empty one."""
    for name in path:
        found = fields.get(name)
        fields = found if isinstance(found, dict) else {}
    return fields


def is_sms(fields: Fields) -> bool:
    """False for what names another channel; the older shapes need not name any."""
    holders = ((fields, "channel"), (inner(fields, "from"), "type"), (inner(fields, "to"), "type"))
    named = [channel for holder, name in holders if (channel := first(holder, name))]
    return all(channel.lower() == "sms" for channel in named)


def party(fields: Fields, *names: str) -> PhoneNumber | None:
    """Who is at the other end: a number in E.164, or the short code or name as it was given."""
    for name in names:
        text = first(fields, name) or first(inner(fields, name), "number", "id")
        if text is not None:
            return _number_or_name(text)
    return None


def _number_or_name(text: str) -> PhoneNumber | None:
    try:
        return read_number(text)
    except InvalidNumber:  # rather this than to lose what was said
        return PhoneNumber(text) if len(text) <= _LONGEST_NAME else None


def read_id(text: str | None) -> str | None:
    """An id of Vonage's, or None for what cannot be one."""
    return text if text and _THEIR_ID.fullmatch(text) else None


def read_time(texts: Iterable[str | None]) -> datetime | None:
    """The first of these that can be read, in UTC; without an offset UTC is meant."""
    return next((at for text in texts if text and (at := _time(text))), None)


def _time(text: str) -> datetime | None:
    try:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        return _utc(datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text)))
    except (ValueError, OverflowError):
        return None


def read_scts(text: str | None) -> str | None:
    """The carrier's YYMMDDHHMM as ISO 8601."""
    found = _SCTS.fullmatch(text or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups("00")
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def read_price(text: str | None) -> Decimal | None:
    """A price that a message could have."""
    try:
        price = Decimal(text or "")
    except InvalidOperation:
        return None
    return price if price.is_finite() and 0 <= price <= _MAX_PRICE else None


def read_currency(text: str | None) -> str | None:
    """Three letters."""
    return text.upper() if text and _CURRENCY.fullmatch(text) else None


def read_count(text: str | None) -> int | None:
    """A number of segments that a message could have."""
    return int(text) if text and _COUNT.fullmatch(text) else None
