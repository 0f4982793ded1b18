"""How many SMS parts a text takes, by 3GPP TS 23.038 (alphabet) and 23.040 (joined parts).

The count is by code units, which is what the standard protects; what was billed is in the status
webhook of Vonage.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table of GSM 03.38: one septet each. (Escape, its 128th place, is no character.)"""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""The extension table: an escape and a septet each."""

_GSM = BASIC | EXTENSION
_LAST_OF_ONE_UNIT = "\uffff"  # beyond it a character takes two UTF-16 code units
_FIRST_HALF = "\ud800"  # stands before a character of two units; no text contains it alone

SINGLE = {"GSM-7": 160, "UCS-2": 70}
"""Units of a message in one part: 140 octets."""

JOINED = {"GSM-7": 153, "UCS-2": 67}
"""Units of each part of several: six octets go to the header."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What it costs to send a text."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int  # septets in GSM-7, UTF-16 code units in UCS-2
    segments: int
    culprits: tuple[str, ...]  # the distinct characters outside GSM 03.38, as they appear


@lru_cache(maxsize=1024)
def count_segments(text: str) -> Segments:
    """The encoding, length and number of parts of a text after its placeholders are filled.

    Raises ValueError for empty text, and for half of a surrogate pair.
    """
    encoding, units = _units(text)
    outside = set(text) - _GSM if encoding == "UCS-2" else ()
    culprits = tuple(sorted(outside, key=text.index))
    return Segments(encoding, len(units), _number(units, encoding), culprits)


def parts(text: str) -> list[str]:
    """The text as it is cut up for sending; a character of two units is never split.

    Raises ValueError as `count_segments` does.
    """
    encoding, units = _units(text)
    if len(units) <= SINGLE[encoding]:
        return [text]
    return [part.replace(_FIRST_HALF, "") for part in _cut(units, JOINED[encoding])]


def part_units(text: str) -> list[int]:
    """The units in each part; the sum is `units` of `count_segments`, the length `segments`.

    Raises ValueError as `count_segments` does.
    """
    encoding, units = _units(text)
    if len(units) <= SINGLE[encoding]:
        return [len(units)]
    return [len(part) for part in _cut(units, JOINED[encoding])]


def room_left(text: str) -> int:
    """How many more units fit before another segment begins, as long as the encoding stays.

    Raises ValueError as `count_segments` does.
    """
    encoding, units = _units(text)
    if len(units) <= SINGLE[encoding]:
        return SINGLE[encoding] - len(units)
    return JOINED[encoding] - part_units(text)[-1]


def _units(text: str) -> tuple[Literal["GSM-7", "UCS-2"], str]:
    """The text with one character for each unit: before the wide ones stands a mark."""
    if not text:
        raise ValueError("an empty text has no segments")
    used = set(text)
    if used <= BASIC:
        return "GSM-7", text
    if used <= _GSM:
        return "GSM-7", _marked(text, used & EXTENSION)
    text.encode("utf-16-le")  # raises for half a pair, which could not be sent either
    return "UCS-2", _marked(text, {c for c in used if c > _LAST_OF_ONE_UNIT})


def _marked(text: str, wide: AbstractSet[str]) -> str:
    for character in wide:
        text = text.replace(character, _FIRST_HALF + character)
    return text


def _number(units: str, encoding: str) -> int:
    if len(units) <= SINGLE[encoding]:
        return 1
    if _FIRST_HALF not in units:  # no pair, no holes
        return -(-len(units) // JOINED[encoding])
    return sum(1 for _ in _cut(units, JOINED[encoding]))


def _cut(units: str, limit: int) -> Iterator[str]:
    """Parts of at most `limit` units: a pair that does not fit leaves a hole and starts the next.

    So dividing by the limit would count too few.
    """
    start = 0
    while start < len(units):
        end = start + limit
        if end < len(units) and units[end - 1] == _FIRST_HALF:
            end -= 1
        yield units[start:end]
        start = end
