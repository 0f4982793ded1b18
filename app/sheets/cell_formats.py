"""What a number in a workbook is: an amount, a date, or how long something took.

Only the cell's number format tells (ECMA-376, part 1, 18.8.30 and 18.8.31).
"""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum

_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})  # built in
_ELAPSED = 46
# What is shown as it stands, or as wide as it is: "m" \m _m *m.
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].', re.DOTALL)
_BRACKETS = re.compile(r"\[(?!(?:h+|m+|s+)\])[^\]]*\]", re.IGNORECASE)  # [Red], [$-409]
_CLOCK = re.compile(r"(\[[hms]+\])|[dmhys]|a/p", re.IGNORECASE)
_LEAP = 60  # Excel has a 29 February 1900, the sixtieth day, as Lotus 1-2-3 had
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 (local times)
_A_DAY = 86_400_000  # milliseconds, to which Excel shows times


class Kind(Enum):
    """What a number with a format is."""

    AMOUNT = 0
    MOMENT = 1
    ELAPSED = 2


def kind_of(format_id: int, code: str | None) -> Kind:
    """By the number of a format, and its code where the workbook has one."""
    if code is not None:
        return _of_code(code)
    if format_id == _ELAPSED:
        return Kind.ELAPSED
    return Kind.MOMENT if format_id in _DATES else Kind.AMOUNT


def _of_code(code: str) -> Kind:
    if code.lower() == "general":
        return Kind.AMOUNT
    first = _LITERAL.sub("", code).partition(";")[0]  # the rest is for less than zero
    found = _CLOCK.search(_BRACKETS.sub("", first))
    if not found:
        return Kind.AMOUNT
    return Kind.ELAPSED if found[1] else Kind.MOMENT


def moment(days: float, *, from_1904: bool) -> datetime | date | time | float:
    """A date, a time of day or both; the number itself where no calendar has it."""
    if days < 0:
        return days
    begins = _EPOCHS[from_1904]
    if 1 <= days < _LEAP and not from_1904:
        begins += timedelta(days=1)
    try:
        found = begins + elapsed(days)
    except OverflowError:
        return days
    return found.time() if days < 1 else found


def elapsed(days: float) -> timedelta:
    """How long it took."""
    return timedelta(milliseconds=round(days * _A_DAY))
