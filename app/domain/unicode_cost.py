"""Which characters make a text cost more than it must, and what plain ones would save.

One character outside GSM 03.38 turns the whole message into UCS-2: 70 characters in a part in
place of 160. Many of them came from a word processor and have a plain counterpart. It is offered,
never imposed.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from app.domain.segments import count_segments

_LOOK_ALIKES = dict(
    zip("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c", "ABEZHIKM", strict=True)
) | dict(zip("\u039d\u039f\u03a1\u03a4\u03a5\u03a7", "NOPTYX", strict=True))
"""Greek capitals that nobody can tell from Latin ones; the others are in GSM 03.38."""

REPLACEMENTS: dict[str, str] = (
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u0060", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | {"\u2039": "<", "\u203a": ">"}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2026": "...", "\u2022": "-", "\u00b7": "-"}
    | dict.fromkeys("\t\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", "")
    | dict.fromkeys("\u2028\u2029\u0085", "\n")
    | _LOOK_ALIKES
)
"""Quotes, dashes, dots, spaces and what cannot be seen, each with what says the same in GSM."""

_TABLE = str.maketrans(REPLACEMENTS)


@dataclass(frozen=True, slots=True)
class Culprit:
    """A character that forces Unicode."""

    character: str
    name: str  # as Unicode has it
    positions: tuple[int, ...]  # where it stands, in characters from 0
    replacement: str | None  # "": leave it out; None: nothing plain says the same


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text costs, and what it would cost in plain characters."""

    segments: int
    plain: int  # the same where not every culprit can be replaced, since one is enough
    culprits: tuple[str, ...]


@lru_cache(maxsize=1024)
def cost_of(text: str) -> Cost:
    """What a text costs now, and would cost; raises ValueError as `count_segments` does."""
    counted = count_segments(text)
    can_be_plain = bool(counted.culprits) and all(c in REPLACEMENTS for c in counted.culprits)
    plain = in_plain(text) if can_be_plain else ""
    # Of zero-width characters alone nothing would be left, and an empty text is not sent.
    segments = min(count_segments(plain).segments, counted.segments) if plain else counted.segments
    return Cost(counted.segments, segments, counted.culprits)


def in_plain(text: str) -> str:
    """The text with everything replaced that can be."""
    return text.translate(_TABLE)


def culprits_of(text: str) -> list[Culprit]:
    """Each character that forces Unicode, in the order in which they first appear."""
    places: dict[str, list[int]] = {each: [] for each in count_segments(text).culprits}
    for place, character in enumerate(text):
        if character in places:
            places[character].append(place)
    return [
        Culprit(character, name_of(character), tuple(found), REPLACEMENTS.get(character))
        for character, found in places.items()
    ]


def name_of(character: str) -> str:
    """Its name in Unicode, or its number where it has none, as a tab."""
    return unicodedata.name(character, f"U+{ord(character):04X}")


def advice(characters: tuple[str, ...], before: int, after: int, people: int | None = None) -> str:
    """As in: Replace … with ... : 2 segments become 1 for 4,812 people."""
    how = " and ".join(_replace(character) for character in characters)
    whom = "" if people is None else f" for {people:,} {'person' if people == 1 else 'people'}"
    many = "segment becomes" if before == 1 else "segments become"
    return f"{how[0].upper()}{how[1:]} : {before} {many} {after}{whom}"


def _replace(character: str) -> str:
    replacement = REPLACEMENTS[character]
    # What shows nothing by itself is called by its name.
    shown = character if character.isprintable() and character.strip() else name_of(character)
    if not replacement:
        return f"leave out {shown}"
    return f"replace {shown} with {'a space' if replacement == ' ' else _shown(replacement)}"


def _shown(replacement: str) -> str:
    return "a line break" if replacement == "\n" else replacement
