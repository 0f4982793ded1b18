"""The JSON of a long body, read and written a piece at a time.

Python's parser lets no other thread run until it is through, which for a million numbers takes as
long as a whole request may. Here it is handed some thousand entries of a list, and again some.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.domain.lots import lots

_LONG = 1 << 18  # characters; less than that is read in a millisecond or two
_PIECE = 1 << 16

_SPACE = re.compile(r"[ \t\n\r]*")
_FIRST = re.compile(r'[ \t\n\r]*\{[ \t\n\r]*(?=")')
_NEXT = re.compile(r'[ \t\n\r]*,[ \t\n\r]*(?=")')
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_END = re.compile(r"[ \t\n\r]*\}[ \t\n\r]*\Z")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_CLOSING = re.compile(r"[ \t\n\r]*\]")
_ENDING = re.compile(r"\][ \t\n\r]*[,}]")  # of a list in an object; and not as in "Ann [VIP]"
_WIDE = 100  # characters of space before an entry; with more it is not read in pieces

# Where a list of texts, or of objects, may be parted: at the group. It may also be a place within
# a text that looks like one, which shows when what stands before it is read.
_PARTINGS = {
    '"': re.compile(r'"[ \t\n\r]*(,)[ \t\n\r]*"'),
    "{": re.compile(r"\}[ \t\n\r]*(,)[ \t\n\r]*\{"),
}


class LongReader:
    """Reads what `json.loads` reads, to the same values and with the same errors."""

    def __init__(
        self,
        kind: type[json.JSONDecoder] = json.JSONDecoder,
        *,
        long: int = _LONG,
        piece: int = _PIECE,
        **options: Any,
    ) -> None:
        """What is `long` (in characters) is read in pieces of `piece`; `options` are of `kind`."""
        self._long = long
        self._piece = piece
        self._options = {"cls": kind, **options}
        self._decoder = kind(**options)

    def loads(self, text: str) -> Any:
        """What the JSON says; raises what `json.loads` raises."""
        if len(text) >= self._long:
            try:
                return self._fields(text)
            except json.JSONDecodeError:
                pass  # it is no object, or it is wrong; how, is said below
        return json.loads(text, **self._options)

    def _fields(self, text: str) -> dict[str, Any]:
        """An object, its values one after another; raises JSONDecodeError for anything else."""
        fields = {}
        end = _past(_FIRST, text, 0)
        while True:
            name, end = self._decoder.raw_decode(text, end)
            fields[name], end = self._value(text, _past(_COLON, text, end))
            if _END.match(text, end):
                return fields
            end = _past(_NEXT, text, end)

    def _value(self, text: str, start: int) -> tuple[Any, int]:
        """The value that begins there, and where it ends."""
        if text.startswith("[", start) and self._parting(text, start + 1):
            return self._list(text, start + 1)
        return self._decoder.raw_decode(text, start)

    def _list(self, text: str, start: int) -> tuple[list[Any], int]:
        """The long list whose entries begin there, and where it ends.

        Where a piece reads as a list of its own, its end is the end of an entry: what stands before
        a comma decides what it is, whatever comes behind.
        """
        found: list[Any] = []
        while comma := self._parting(text, start):
            try:
                found += self._decoder.decode(f"[{text[start:comma]}]")
            except json.JSONDecodeError:
                break
            start = comma + 1
        end = _past(_SPACE, text, start)
        while True:  # the rest, which is short as a rule
            entry, end = self._decoder.raw_decode(text, end)
            found.append(entry)
            if closing := _CLOSING.match(text, end):
                return found, closing.end()
            end = _past(_COMMA, text, end)

    def _parting(self, text: str, start: int) -> int | None:
        """A comma about one piece behind the start that seems to be one between entries.

        None where the list may end before: to try this at every short one would take too long.
        """
        soonest = start + self._piece
        pattern = _PARTINGS.get(text[start : start + _WIDE].lstrip(" \t\n\r")[:1])
        if pattern is None or _ENDING.search(text, start, soonest):
            return None
        found = pattern.search(text, soonest, soonest + self._piece)
        return (
            found.start(1) if found and not _ENDING.search(text, soonest, found.start()) else None
        )


def _past(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    if found is None:
        raise json.JSONDecodeError("Expecting something else", text, start)
    return found.end()


def written(value: object) -> Iterator[str]:
    """What `json.dumps` writes, sorted by name, in parts; none has many entries of a field."""
    if not isinstance(value, dict):
        yield _write(value)
        return
    yield "{"
    for place, name in enumerate(sorted(value)):
        yield f"{', ' if place else ''}{_write(name)}: "
        yield from _field_written(value[name])
    yield "}"


def _field_written(value: object) -> Iterator[str]:
    if not (value and isinstance(value, list)):
        yield _write(value)
        return
    between = "["
    for lot in lots(value):
        yield between + _write(lot)[1:-1]
        between = ", "
    yield "]"


_write = json.JSONEncoder(sort_keys=True).encode
