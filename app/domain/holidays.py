"""Public holidays: which day is one where, and how it is called.

From the package `holidays`, which keeps the laws of 250 countries and their parts; loaded when it
is first needed, since it takes 0.7 s and 30 MB.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache


def holiday(region: str, day: date) -> str | None:
    """The name of the holiday, in English where it has one; None: the day is none.

    `region` is a country, as in "FR", or a part of one, as in "US-FL". Of a part that is not known
    the country counts; of a country that is not known no day is one.
    """
    return _of_year(region, day.year).get(day)


@lru_cache(maxsize=4_096)  # 250 countries, the states of some, and few years
def _of_year(region: str, year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415 (see above)

    country, _, part = region.partition("-")
    for subdivision in [part, None] if part else [None]:
        for language in ("en_US", None):
            try:
                found = holidays.country_holidays(
                    country, subdiv=subdivision, years=year, language=language
                )
            except NotImplementedError:
                continue
            return {day: name for day, name in found.items() if day.year == year}
    return {}
