"""In which time zones a recipient may be.

A number tells where it was issued, not where its owner is, and a look-up of one number names one
zone where its area code has two (219-234 is said to be New York, and Gary is not). So every zone
is taken that the whole area code, or the whole country, has.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from app.domain.errors import InvalidMoment
from app.domain.moments import read_zone
from app.domain.regions import STATE_OF_AREA, zones_of_postal_code

_NORTH_AMERICA = "1"
# Overlays of 270 and 812 for which the tables name one zone of two.
_OVERLAYS = {"364": "270", "930": "812"}
# These have area codes of their own, and an unknown code is none of theirs.
_PACIFIC = frozenset({"Pacific/Guam", "Pacific/Saipan", "Pacific/Pago_Pago"})
_STRICT_COUNTRIES = {"33": "FR", "91": "IN"}


class Whereabouts(NamedTuple):
    """Where somebody may be, and how we know."""

    zones: tuple[str, ...]  # IANA names; none: nothing is known
    source: str  # "contact", "postal code 46601", "area code 312", "country code 44"
    region: str | None = None  # with hours of its own, as in US-TX or FR


def whereabouts(number: str, fields: Mapping[str, str]) -> Whereabouts:
    """Every zone that a recipient may be in: by zone, else postal code, else number.

    A zone or postal code that cannot be read counts as not given. A zone says when it is, and
    the number still which law may hold.
    """
    by_number = _of_prefix(number[1:5] if number[1:2] == _NORTH_AMERICA else number[1:4])
    if (zone := fields.get("time_zone")) and _exists(zone):
        region, _ = _of_code(fields.get("postal_code", ""), number[1:2])
        return Whereabouts((zone,), "contact", region or by_number.region)
    if code := fields.get("postal_code"):
        region, zones = _of_code(code, number[1:2])
        if zones:
            return Whereabouts(zones, f"postal code {code.strip()}", region or by_number.region)
    return by_number


@cache
def _exists(zone: str) -> bool:
    try:
        read_zone(zone)
    except InvalidMoment:
        return False
    return True


@cache
def _of_code(code: str, country: str) -> tuple[str | None, tuple[str, ...]]:
    return zones_of_postal_code(code, country)


@cache
def _of_prefix(digits: str) -> Whereabouts:
    """By the area code where it begins with 1, else by the country code."""
    if digits[:1] == _NORTH_AMERICA:
        area = digits[1:4]
        known = _of_areas().get(_OVERLAYS.get(area, area))
        region = STATE_OF_AREA.get(area)
        zones = known or tuple(zone for zone in _of_countries()["1"] if zone not in _PACIFIC)
        return Whereabouts(zones, f"area code {area}", region)
    for length in (1, 2, 3):
        if zones := _of_countries().get(digits[:length], ()):
            code = digits[:length]
            return Whereabouts(zones, f"country code {code}", _STRICT_COUNTRIES.get(code))
    return Whereabouts((), f"country code {digits}")


@cache
def _of_areas() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for prefix, zones in _data().items():
        if prefix[:1] == _NORTH_AMERICA and len(prefix) > len("1"):
            found[prefix[1:4]].update(zones)
    return {area: tuple(sorted(zones)) for area, zones in found.items()}


@cache
def _of_countries() -> Mapping[str, tuple[str, ...]]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 (with the tables)

    found: dict[str, set[str]] = defaultdict(set)
    for prefix, zones in _data().items():
        for length in (1, 2, 3):
            code = prefix[:length]
            if len(code) == length and int(code) in COUNTRY_CODE_TO_REGION_CODE:
                found[code].update(zones)
    return {code: tuple(sorted(zones)) for code, zones in found.items()}


def _data() -> Mapping[str, tuple[str, ...]]:
    """Loaded when it is first needed: it takes 22 MB and 50 ms."""
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415 (see above)

    data: Mapping[str, tuple[str, ...]] = TIMEZONE_DATA
    return data
