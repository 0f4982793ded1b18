"""Quiet hours: when a text may arrive, at whoever gets it.

A window holds local times of each weekday. Somebody who may be in several zones is written to
only when it is open in every one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.holidays import holiday

_DAY = 24 * 60  # minutes
_AHEAD = 7  # days: what does not open in a week never does
MARGIN = timedelta(minutes=10)  # before the end, since carriers queue

Hours = tuple[int, int] | None  # open from, until, in minutes after midnight; None: closed


@dataclass(frozen=True, slots=True)
class Window:
    """When texts may arrive, by weekday from Monday on."""

    days: tuple[Hours, ...]

    def narrower(self, other: "Window") -> "Window":
        """What both allow."""
        return Window(tuple(map(_both, self.days, other.days)))


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of time in which a text may be sent."""

    at: datetime  # UTC
    closes_at: datetime  # UTC, the margin taken off
    zone: str  # that decides `at`; where nobody has to wait, that which closes first


def weekly(weekdays: Hours, saturday: Hours, sunday: Hours) -> Window:
    """The same from Monday to Friday."""
    return Window((*[weekdays] * 5, saturday, sunday))


def hours(opens: float, closes: float) -> Hours:
    """From one hour of the day to another."""
    return round(opens * 60), round(closes * 60)


def is_open(window: Window, zones: Sequence[str], moment: datetime) -> bool:
    """May a text arrive now, wherever among these zones somebody is?"""
    found = next_opening(window, tuple(zones), moment, timedelta(0))
    return found is not None and found.at == moment


@lru_cache(maxsize=65_536)  # a campaign asks the same for all people of an area code
def next_opening(
    window: Window,
    zones: tuple[str, ...],
    moment: datetime,
    margin: timedelta = MARGIN,
    holidays_of: str | None = None,
) -> Opening | None:
    """When a text may be sent, from `moment` on; None: not within a week, or no zone is known.

    Days are those of the place, and closed where they are holidays of the region `holidays_of`.
    An opening that the clocks leap over in spring comes after the leap; of an hour that comes twice
    in autumn the first counts.
    """
    common: list[Opening] | None = None
    for zone in zones:
        spans = _spans(window, zone, moment, margin, holidays_of)
        common = spans if common is None else _common(common, spans)
    return common[0] if common else None


def holiday_before(
    opening: Opening, window: Window, moment: datetime, region: str | None
) -> str | None:
    """The first holiday, open but for itself, between the moment and the opening."""
    if region is None:
        return None
    place = ZoneInfo(opening.zone)
    day, last = moment.astimezone(place).date(), opening.at.astimezone(place).date()
    while day < last:
        hours_of_day, name = window.days[day.weekday()], holiday(region, day)
        if name and hours_of_day and moment < _moment(day, hours_of_day[1], place, 0):
            return name
        day += timedelta(days=1)
    return None


def _spans(
    window: Window, zone: str, moment: datetime, margin: timedelta, region: str | None
) -> list[Opening]:
    """When it is open in one zone, in order, what is past left out."""
    place = ZoneInfo(zone)
    today = moment.astimezone(place).date()
    found = []
    for offset in range(-1, _AHEAD + 1):
        day = today + timedelta(days=offset)
        open_hours = window.days[day.weekday()]
        if open_hours and not (region and holiday(region, day)):
            opens, closes = open_hours
            start = max(moment, _moment(day, opens, place, 0))
            # Of two ways to read a time that the clocks make doubtful, the earlier end.
            end = min(_moment(day, closes, place, fold) for fold in (0, 1)) - margin
            if start < end and start - moment <= timedelta(days=_AHEAD):
                found.append(Opening(start, end, zone))
    return found


def _moment(day: date, minutes: int, place: ZoneInfo, fold: int) -> datetime:
    days, rest = divmod(minutes, _DAY)
    wall = time(rest // 60, rest % 60, fold=fold)
    local = datetime.combine(day + timedelta(days=days), wall, tzinfo=place)
    return local.astimezone(UTC)


def _common(first: Sequence[Opening], second: Sequence[Opening]) -> list[Opening]:
    found = []
    for one in first:
        for other in second:
            later = max(one, other, key=lambda span: span.at)
            sooner = min(one, other, key=lambda span: span.closes_at)
            if later.at < sooner.closes_at:
                decides = sooner if one.at == other.at else later
                found.append(Opening(later.at, sooner.closes_at, decides.zone))
    return sorted(found, key=lambda span: span.at)


def _both(one: Hours, other: Hours) -> Hours:
    if one is None or other is None:
        return None
    opens, closes = max(one[0], other[0]), min(one[1], other[1])
    return (opens, closes) if opens < closes else None
