"""The country that a number belongs to: what carriers price by."""

import re
from collections.abc import Callable
from functools import cache

from phonenumbers import PhoneMetadata

from app.domain.numbering import plan_for, valid_in

_NO_COUNTRY = "001"  # phonenumbers' name for satellite and international services


def country_of(number: str) -> str:
    """ISO 3166-1 of a number in E.164, as in "US"; "+870" where no country owns the code.

    Of a code that several share, the region in whose plan the number is; in none: the main one,
    so that made-up numbers too are priced.
    """
    digits = number.removeprefix("+")
    named, tests = _plan(digits[:3], len(digits))
    for region, is_of in tests:
        if is_of(digits):
            return region
    return named


@cache
def _plan(start: str, length: int) -> tuple[str, tuple[tuple[str, Callable[[str], object]], ...]]:
    """The main region of a country code, and a test for each region where several share it."""
    plan = plan_for(start)
    if plan is None:
        return "?", ()
    if not plan.regions or plan.regions[0].id == _NO_COUNTRY:
        return f"+{plan.code}", ()
    if len(plan.regions) == 1:
        return str(plan.regions[0].id), ()
    tests = tuple((str(each.id), _test(plan.code, each, length)) for each in plan.regions)
    return str(plan.regions[0].id), tests


def _test(code: str, region: PhoneMetadata, length: int) -> Callable[[str], object]:
    if region.leading_digits is not None:
        return re.compile(f"{code}(?:{region.leading_digits})").match
    return re.compile(f"{code}(?:{valid_in(region, length - len(code))})").fullmatch
