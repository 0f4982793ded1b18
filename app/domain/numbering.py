"""The world's numbering plans, made ready once, so that a million numbers are checked quickly.

phonenumbers takes about 0.1 ms to parse and check a number. Its answer for a number already in
E.164 follows from little: the lengths of the country, whether the number begins with what may be
a national prefix, and the patterns of its regions. Those are taken from its metadata here, once
per country code. Whatever is not that simple is left to the library (`Plan.keeps` says no).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    PhoneMetadata,
    PhoneNumberDesc,
)

from app.domain.beginnings import Beginnings

MIN_DIGITS, MAX_DIGITS = 7, 15
"""Country code included: ITU E.164 allows 15 digits, Vonage takes 7 to 15."""

_NEVER = re.compile(r"(?!)")
TELLING = 4  # digits behind the country code: mostly they tell whose number it is


@dataclass(frozen=True, slots=True)
class Plan:
    """One country code: everything here is about digits, without a plus."""

    code: str  # the country code
    lengths: frozenset[int]  # possible lengths of a whole number, country code included
    prefix: re.Pattern[str]  # what may be a national prefix
    regions: tuple[PhoneMetadata, ...]

    def keeps(self, digits: str) -> bool:
        """Is this a possible number from which phonenumbers would strip nothing?"""
        return len(digits) in self.lengths and not self.strips(digits)

    def strips(self, digits: str) -> bool:
        """Would phonenumbers take a national prefix from a number of a possible length?"""
        found = self.prefix.match(digits, len(self.code))
        # Argentina's pattern finds an empty prefix in every number: nothing to strip.
        return found is not None and not (found.end() == found.start() and found.lastindex is None)

    @property
    def strippable(self) -> str:
        """The same for all numbers: a pattern of what may begin with a national prefix."""
        return f"{self.code}(?:{self.prefix.pattern})"


@cache
def plan_for(start: str) -> Plan | None:
    """The plan of the numbers with these first three digits; None for no country.

    No country code is the beginning of another, so three digits decide.
    """
    for length in range(1, len(start) + 1):
        code = start[:length]
        if code[0] != "0" and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return _plan(code)
    return None


class Reading(NamedTuple):
    """How numbers of one length are read that begin with the same three digits."""

    plan: Plan
    is_valid: Callable[[str], object]  # of the digits of a number that the plan keeps as it is
    known: Beginnings  # what the first digits tell of both; nothing where a prefix may be stripped

    def assigned(self, digits: str) -> bool | None:
        """Does the plan assign this number? None where phonenumbers would make another of it."""
        group = self.known[digits[: self.known.width]]
        if group is not None:
            return group > 0
        return None if self.plan.strips(digits) else self.is_valid(digits) is not None


@cache
def reading(start: str, length: int) -> Reading | None:
    """How these are read; None: no possible number begins so and has this length."""
    plan = plan_for(start)
    return _reading(plan.code, length) if plan and length in plan.lengths else None


@cache
def _reading(code: str, length: int) -> Reading:
    """The same for all numbers of a country code: North America has eighty beginnings."""
    plan = plan_for(code)
    assert plan is not None
    valid = f"({code}(?:{_first_region(plan.regions, length - len(code))}))"
    known = Beginnings(valid, length, len(code) + TELLING, plan.strippable)
    return Reading(plan, re.compile(valid).fullmatch, known)


def _plan(code: str) -> Plan:
    regions = tuple(_regions(int(code)))
    main = regions[0]  # phonenumbers measures by the main region of a shared country code
    general = _general(main)
    possible = set(general.possible_length) - set(general.possible_length_local_only)
    whole = {len(code) + national for national in possible}
    prefix = main.national_prefix_for_parsing
    return Plan(
        code=code,
        lengths=frozenset(n for n in whole if MIN_DIGITS <= n <= MAX_DIGITS),
        prefix=re.compile(prefix) if prefix else _NEVER,
        regions=regions,
    )


def _regions(code: int) -> Iterator[PhoneMetadata]:
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        if region == REGION_CODE_FOR_NON_GEO_ENTITY:
            metadata = PhoneMetadata.metadata_for_nongeo_region(code)
        else:
            metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is not None:
            yield metadata


def _general(region: PhoneMetadata) -> PhoneNumberDesc:
    if region.general_desc is None:
        raise ValueError(f"phonenumbers has no general description of {region.id}")
    return region.general_desc


def _first_region(regions: tuple[PhoneMetadata, ...], length: int) -> str:
    """One pattern for a shared country code, asking its regions in order, as phonenumbers does.

    A region with leading digits claims a number by them, valid or not; one without claims what
    is valid in it. Only the region that claims a number decides.
    """
    if len(regions) == 1:  # it claims every number
        return valid_in(regions[0], length)
    pattern = _NEVER.pattern
    for region in reversed(regions):
        valid = valid_in(region, length)
        if region.leading_digits is None:
            pattern = f"{valid}|{pattern}"
        else:
            mine = region.leading_digits
            pattern = f"(?={mine}){valid}|(?!{mine})(?:{pattern})"
    return pattern


def valid_in(region: PhoneMetadata, length: int) -> str:
    """Numbers of this length that are of some known type in the region."""
    types = [region.mobile, region.fixed_line]
    if region.same_mobile_and_fixed_line_pattern:
        types.remove(region.mobile)  # phonenumbers then goes by the fixed line alone
    types += [region.premium_rate, region.toll_free, region.shared_cost, region.voip]
    types += [region.personal_number, region.pager, region.uan, region.voicemail]
    general = _pattern(_general(region), length)
    known = "|".join(_pattern(desc, length) for desc in types)
    return rf"(?={general}\Z)(?:{known})"


def _pattern(desc: PhoneNumberDesc | None, length: int) -> str:
    if desc is None or not desc.national_number_pattern:
        return _NEVER.pattern
    if desc.possible_length and length not in desc.possible_length:
        return _NEVER.pattern
    return f"(?:{desc.national_number_pattern})"
