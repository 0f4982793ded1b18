"""What a campaign promises about when it writes to people, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.country import country_of
from app.domain.hour_presets import PRESETS, closes_on_holidays, window_for
from app.domain.quiet_hours import MARGIN, Window, holiday_before, next_opening, weekly
from app.domain.zones import Whereabouts, whereabouts

_ALL_DAY = weekly(*[(0, 24 * 60)] * 3)
_SHORTEST_TTL, _LONGEST_TTL = 20, 604_800  # seconds; Messages API specification 1.20.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a campaign; without a window it writes at any hour."""

    window: Window | None = None
    window_name: str | None = None
    local_time: int | None = None  # minutes after midnight at the recipient
    cap: int = 0  # marketing texts to one number within `cap_hours`; 0: any number
    cap_hours: int = 24
    is_marketing: bool = False
    closed_on_holidays: bool = False  # public ones of the recipient's country, or state if known

    @property
    def are_free(self) -> bool:
        """Is everybody written to at once?"""
        return self.window is None and self.local_time is None and not self.closed_on_holidays

    @property
    def transactional(self) -> "Terms":
        """The same for what people wait for: no quiet hours, no cap."""
        return Terms(local_time=self.local_time, cap_hours=self.cap_hours)

    def as_json(self) -> dict[str, Any]:
        """For storage; `from_json` reads it."""
        window = None if self.window is None else [d and list(d) for d in self.window.days]
        return {
            "window": window,
            "window_name": self.window_name,
            "local_time": self.local_time,
            "cap": self.cap,
            "cap_hours": self.cap_hours,
            "is_marketing": self.is_marketing,
            "closed_on_holidays": self.closed_on_holidays,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Terms":
        days = kept["window"]
        window = days and Window(tuple(d and (d[0], d[1]) for d in days))
        return cls(**{**kept, "window": window})


NO_TERMS = Terms()


def preset(name: str) -> tuple[Window | None, str | None]:
    """The window of a preset with its name; "off" is none. Raises KeyError."""
    return (None, None) if name == "off" else (PRESETS[name].window, name)


@dataclass(frozen=True, slots=True)
class Slot:
    """When one recipient may be written to, and in words why not before."""

    due_at: datetime
    closes_at: datetime | None = None  # no later, unless a new slot is found
    note: str | None = None  # where somebody has to wait


def slot_for(terms: Terms, number: str, fields: Mapping[str, str], start: datetime) -> Slot | None:
    """The first slot from `start` on; None where no hour is lawful within a week."""
    return Slots(terms, start).of(number, fields)


class Slots:
    """Finds the slots of many people from `start` on: once for all who may be at one place."""

    def __init__(self, terms: Terms, start: datetime) -> None:
        self._terms = terms
        self._start = start
        self._found: dict[tuple[Whereabouts, str | None], Slot | None] = {}

    def of(self, number: str, fields: Mapping[str, str]) -> Slot | None:
        """The first slot of one of them; None where no hour is lawful within a week."""
        where = whereabouts(number, fields)
        is_closed = self._terms.closed_on_holidays or closes_on_holidays(where.region)
        key = where, (where.region or country_of(number)) if is_closed else None
        try:
            return self._found[key]
        except KeyError:
            return self._found.setdefault(key, _slot_at(self._terms, *key, self._start))


def _slot_at(
    terms: Terms, where: Whereabouts, holidays_of: str | None, start: datetime
) -> Slot | None:
    """The slot at a place, closed on public holidays of that region."""
    earliest = start
    if terms.local_time is not None and where.zones:
        earliest = at_local_time(where.zones, terms.local_time, start)
    if terms.window is None and not terms.closed_on_holidays:
        zone = where.zones[0] if where.zones else "UTC"
        return _slot(earliest, None, start, f"{zone} ({where.source})")
    window = window_for(terms.window or _ALL_DAY, where.region)
    opening = next_opening(window, where.zones, earliest, holidays_of=holidays_of)
    if opening is None:
        return None
    place = f"{opening.zone} ({where.source})"
    slot = _slot(opening.at, opening.closes_at, start, place)
    name = holiday_before(opening, window, earliest, holidays_of) if slot.note else None
    return replace(slot, note=f"{slot.note}: {name}") if name else slot


def _slot(due_at: datetime, closes_at: datetime | None, start: datetime, place: str) -> Slot:
    if due_at <= start:
        return Slot(start, closes_at)
    local = due_at.astimezone(ZoneInfo(place.partition(" ")[0]))
    return Slot(due_at, closes_at, f"held until {local:%a %H:%M} {place}")


def at_local_time(zones: Sequence[str], minutes: int, start: datetime) -> datetime:
    """When the clocks of all zones have shown this time of day, from `start` on.

    Where clocks leap over it, it comes after the leap; where it comes twice, the first counts.
    """
    return max(_next_local(ZoneInfo(zone), minutes, start) for zone in zones)


def _next_local(zone: ZoneInfo, minutes: int, start: datetime) -> datetime:
    day = start.astimezone(zone).date()
    wall = time(minutes // 60, minutes % 60)
    for _ in range(2):
        at = datetime.combine(day, wall, tzinfo=zone).astimezone(start.tzinfo)
        if at >= start:
            return at
        day += timedelta(days=1)
    return datetime.combine(day, wall, tzinfo=zone).astimezone(start.tzinfo)


def ttl_until(closes_at: datetime | None, now: datetime) -> int | None:
    """Seconds that the carriers may go on trying: to the end of the window, never beyond."""
    if closes_at is None:
        return None
    left = (closes_at + MARGIN - now).total_seconds()
    return int(min(max(left, _SHORTEST_TTL), _LONGEST_TTL))


def over_cap_reason(terms: Terms) -> str:
    """Why somebody gets no more for now."""
    texts = "text" if terms.cap == 1 else "texts"
    return f"frequency cap: {terms.cap} marketing {texts} in {terms.cap_hours} h"


NO_HOUR = "no lawful hour"


def no_hour_before(not_after: datetime | None) -> str:
    """Why somebody is never written to."""
    until = f" before {not_after:%Y-%m-%d %H:%M} UTC" if not_after else " within a week"
    return NO_HOUR + until
