"""Points in time as people write them: with an offset, or in the local time of a zone."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from app.domain.errors import FixInput, InvalidMoment, Mistake

_WRITTEN = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


def read_zone(name: str) -> ZoneInfo:
    """The time zone with this IANA name; raises InvalidMoment."""
    if name not in known_zones():
        raise InvalidMoment("is no time zone: give an IANA name, as in Europe/Berlin")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise InvalidMoment("is a time zone that this machine does not know") from None


@cache
def known_zones() -> frozenset[str]:
    """The names of all time zones. Kept: to read them opens hundreds of files."""
    return frozenset(available_timezones())


def read_moment(text: str, zone: ZoneInfo | None) -> datetime:
    """The moment in UTC. RFC 3339 with an offset, or local time in `zone`, but not both.

    Where clocks are put forward, an hour of local time does not exist: a moment in it is moved
    forward by as much. Where they are put back, an hour comes twice: the first is meant.
    Raises InvalidMoment.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise InvalidMoment('must be a time as in "2026-12-24T09:00:00+01:00"')
    if written["offset"] and zone is not None:
        raise InvalidMoment("has an offset, so it must not have a time_zone as well")
    if not written["offset"] and zone is None:
        raise InvalidMoment(
            "has no offset: add one, as in +01:00 or Z, or name its zone in time_zone"
        )
    try:
        read = datetime.fromisoformat(written[0].upper())
        # fold=0 is both rules at once: before the gap, and the first of the two hours.
        return (read if zone is None else read.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise InvalidMoment("must lie between the years 1 and 9999") from None
    except ValueError:
        raise InvalidMoment("is no time that a calendar and a clock can show") from None


def check_not_after(
    not_after: datetime | None, scheduled_at: datetime | None, now: datetime
) -> None:
    """Raise FixInput when a campaign would be over before it begins."""
    if not_after is None:
        return
    if scheduled_at is not None and not_after <= scheduled_at:
        raise FixInput([Mistake("/not_after", "must be later than scheduled_at")])
    if not_after <= now:
        raise FixInput([Mistake("/not_after", "is past, so nothing could be sent any more")])
