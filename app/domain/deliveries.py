"""When the messages of a campaign came to what they came to, in spans that a chart can show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate

from app.domain.error_codes import FAILURES
from app.domain.message import MessageStatus

_AT_MOST = 48  # spans: bars that can be told apart on a phone
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)  # minutes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEARLY_ALL = 0.99  # phones that were off are heard of up to three days later
_MUCH_LONGER = 4  # times the span of nearly all: then the rest is told apart


class Came(StrEnum):
    """What a message that left has come to."""

    DELIVERED = "delivered"
    FAILED = "failed"  # refused by Vonage, or by the carrier
    ON_THE_WAY = "on_the_way"  # taken by Vonage, nothing final is known


CAME = {
    MessageStatus.ACCEPTED: Came.ON_THE_WAY,
    MessageStatus.SUBMITTED: Came.ON_THE_WAY,
    MessageStatus.DELIVERED: Came.DELIVERED,
    **dict.fromkeys(FAILURES, Came.FAILED),
}
"""For each status that is kept by the minute; the others say nothing of a delivery."""


@dataclass(frozen=True, slots=True)
class Span:
    """So many messages came to that between `begins_at` and the next span."""

    begins_at: datetime
    delivered: int = 0
    failed: int = 0
    on_the_way: int = 0


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Spans of the same width without gaps, and how many came later than the last of them."""

    width: timedelta
    spans: Sequence[Span]
    later: int


def minute_of(at: datetime) -> int:
    """Whole minutes since the epoch."""
    return int(at.timestamp() // 60)


def deliveries_of(counted: Iterable[tuple[int, MessageStatus, int]]) -> Deliveries:
    """From (minute, status, messages) as they are kept; at most 48 spans."""
    sums: Counter[tuple[int, Came]] = Counter()
    for minute, status, count in counted:
        sums[minute, CAME[status]] += count
    of_minute: Counter[int] = Counter()
    for (minute, _), count in sums.items():
        of_minute[minute] += count
    minutes = sorted(minute for minute, count in of_minute.items() if count)
    if not minutes:
        return Deliveries(timedelta(minutes=1), (), 0)
    last = _last_of_nearly_all(minutes, of_minute)
    later = sum(count for minute, count in of_minute.items() if minute > last)
    width = _width(minutes[0], last)
    return Deliveries(timedelta(minutes=width), _spans(sums, minutes[0], last, width), later)


def _last_of_nearly_all(minutes: Sequence[int], of_minute: Counter[int]) -> int:
    """The last minute of all; where that is far behind nearly all, the last of these."""
    reached = accumulate(of_minute[minute] for minute in minutes)
    enough = _NEARLY_ALL * sum(of_minute.values())
    nearly = next(minute for minute, done in zip(minutes, reached, strict=True) if done >= enough)
    is_far = minutes[-1] - minutes[0] > _MUCH_LONGER * (nearly - minutes[0] + 1)
    return nearly if is_far else minutes[-1]


def _width(first: int, last: int) -> int:
    """Minutes of a span, so that few enough of them reach from the first to the last."""
    width = next(
        (each for each in _WIDTHS if _how_many(first, last, each) <= _AT_MOST), _WIDTHS[-1]
    )
    while _how_many(first, last, width) > _AT_MOST:
        width *= 2
    return width


def _how_many(first: int, last: int, width: int) -> int:
    return last // width - first // width + 1


def _spans(sums: Counter[tuple[int, Came]], first: int, last: int, width: int) -> Sequence[Span]:
    of_span: Counter[tuple[int, Came]] = Counter()
    for (minute, came), count in sums.items():
        if first <= minute <= last:
            of_span[minute // width, came] += count
    return [
        Span(
            _EPOCH + timedelta(minutes=place * width),
            **{came.value: of_span[place, came] for came in Came},
        )
        for place in range(first // width, last // width + 1)
    ]
