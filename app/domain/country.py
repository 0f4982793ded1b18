"""The country that a number belongs to: what carriers price by."""

import re
from functools import cache
from typing import NamedTuple

from phonenumbers import PhoneMetadata

from app.domain.beginnings import Beginnings, taken
from app.domain.numbering import TELLING, plan_for, valid_in

_NO_COUNTRY = "001"  # phonenumbers' name for satellite and international services


def country_of(number: str) -> str:
    """ISO 3166-1 of a number in E.164, as in "US"; "+870" where no country owns the code.

    Of a code that several share, the region in whose plan the number is; in none: the main one,
    so that made-up numbers too are priced.
    """
    plus = number.startswith("+")
    named, shared = _plan(number[plus : plus + 3], len(number) - plus)
    if shared is None:
        return named
    group = shared.known[number[plus : plus + shared.known.width]]
    if group is None:
        group = taken(shared.pattern, number[plus:])
    return shared.regions[group - 1] if group else named


class _Shared(NamedTuple):
    """Regions that share a code, and a pattern with a group for each of them, in their order."""

    regions: tuple[str, ...]
    pattern: re.Pattern[str]
    known: Beginnings  # what the first digits tell of it


@cache
def _plan(start: str, length: int) -> tuple[str, _Shared | None]:
    """The main region of a country code, and how others that share it are told apart."""
    plan = plan_for(start)
    return ("?", None) if plan is None else _regions(plan.code, length)


@cache
def _regions(code: str, length: int) -> tuple[str, _Shared | None]:
    """The same for all numbers of the code."""
    plan = plan_for(code)
    assert plan is not None
    if not plan.regions or plan.regions[0].id == _NO_COUNTRY:
        return f"+{code}", None
    names = tuple(str(each.id) for each in plan.regions)
    if len(names) == 1:
        return names[0], None
    groups = "|".join(f"({_digits(code, each, length)})" for each in plan.regions)
    # One pattern for all: two dozen regions share the code of North America.
    known = Beginnings(groups, length, len(code) + TELLING)
    return names[0], _Shared(names, re.compile(groups), known)


def _digits(code: str, region: PhoneMetadata, length: int) -> str:
    """What its numbers look like: how they begin, or where that is not said, all valid ones."""
    if region.leading_digits is not None:
        return rf"{code}(?:{region.leading_digits})\d*"
    return f"{code}(?:{valid_in(region, length - len(code))})"
