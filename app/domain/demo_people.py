"""Made-up people for screenshots and trials, at numbers that nobody has."""

from collections.abc import Iterator
from random import Random

from app.domain.contact import Person
from app.domain.phone import PhoneNumber

# The first lines of exchange 555 are kept for fiction, and the exchange serves nobody:
# https://nationalnanpa.com/number_resource_info/555_numbers.html
_AREAS = (
    *("212", "213", "214", "215", "216", "303", "305", "312", "313", "314", "404", "405", "407"),
    *("408", "412", "415", "503", "504", "505", "512", "513", "602", "612", "615", "617", "619"),
    *("702", "703", "704", "713", "716", "801", "804", "808", "813", "816", "901", "904", "907"),
    "919",
)
_FIRST_LINE = 100
_DIRECTORY = 1212  # the one line of the exchange that answers
MOST_PEOPLE = len(_AREAS) * 8_000

_FIRST = (
    *("Ada", "Alan", "Amara", "Ben", "Carmen", "Chidi", "Dana", "Elif", "Emil", "Farid", "Grace"),
    *("Hana", "Ines", "Ivan", "Jonas", "Keiko", "Lena", "Luis", "Mara", "Nia", "Omar", "Priya"),
    *("Quinn", "Rosa", "Sam", "Tariq", "Uma", "Viktor", "Wanda", "Yara", "Zoë"),
)
_LAST = (
    *("Abara", "Bauer", "Costa", "Diaz", "Evans", "Fischer", "García", "Haddad", "Ito", "Jensen"),
    *("Kowalski", "Larsen", "Moreau", "Novak", "Okafor", "Patel", "Reyes", "Silva", "Tanaka"),
    *("Usman", "Varga", "Weber", "Young", "Zhang"),
)
_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
_SHARE = 0.2  # of people who have a tag
_TAGS = ("vip", "new", "weekly", "events")


def number_at(place: int) -> PhoneNumber:
    """The number of the person at this place, from 0; all of them differ."""
    line = _FIRST_LINE + place // len(_AREAS)
    return PhoneNumber(f"+1{_AREAS[place % len(_AREAS)]}555{line + (line >= _DIRECTORY):04}")


def people(count: int, draw: Random) -> Iterator[Person]:
    """So many people, always the same from the same draw; `count` is at most MOST_PEOPLE."""
    for place in range(count):
        yield Person(
            number_at(place),
            first_name=draw.choice(_FIRST),
            last_name=draw.choice(_LAST),
            language=draw.choices(("en", "es"), (8, 2))[0],
            time_zone=draw.choice(_ZONES),
            postal_code=f"{draw.randrange(10_000, 99_999)}",
            tags=frozenset(tag for tag in _TAGS if draw.random() < _SHARE),
            fields={"points": str(draw.randrange(2_000))},
        )
