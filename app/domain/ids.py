"""Ids that sort by time and by the order they were made in, as UUIDs of version 7 (RFC 9562)."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_VERSION = 7 << 76
_VARIANT = 2 << 62
_RANDOM_BITS = 74  # 12 before the variant and 62 after it
_LOW = (1 << 62) - 1
_LAST = (1 << 48) - 1  # the last twelve hexadecimal digits


def time_ordered_ids(now: datetime, entropy: bytes) -> Iterator[str]:
    """Ids without end, each greater than the one before.

    `entropy` is 10 random bytes: the first id is drawn from them and the rest count on from it
    (RFC 9562, section 6.2, method 2), so what is made together stands together in an index.
    """
    timestamp = (int(now.timestamp() * 1000) & (1 << 48) - 1) << 80
    # The highest bit stays free: counting on can then never run over.
    counter = int.from_bytes(entropy[:10]) & (1 << _RANDOM_BITS - 1) - 1
    while True:
        first = _as_text(timestamp | _VERSION | counter >> 62 << 64 | _VARIANT | counter & _LOW)
        beginning, last = first[:-12], counter & _LAST
        for end in range(last, _LAST + 1):  # only the last group changes, for as long as it lasts
            yield f"{beginning}{end:012x}"
        counter += _LAST + 1 - last


def time_behind(known_id: str) -> datetime:
    """A time whose ids are all greater than this one, whoever made it."""
    made = timedelta(milliseconds=uuid.UUID(known_id).int >> 80)
    return datetime(1970, 1, 1, tzinfo=UTC) + made + timedelta(milliseconds=2)


def _as_text(number: int) -> str:
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_id(text: str) -> bool:
    """Could this be an id of ours?"""
    return _ID.fullmatch(text) is not None
