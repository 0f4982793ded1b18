"""One row of a sheet as a person, or what is wrong with its cells and how to mend it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.cell_number import read_cell_number
from app.domain.contact import ATTRIBUTES, Person, why_no_field, why_no_tag, why_wrong
from app.domain.errors import InvalidNumber
from app.domain.import_order import FIELD, ImportOrder, Problem
from app.domain.phone import PhoneNumber
from app.domain.sheet_cells import as_it_was
from app.domain.sheet_words import LIST, NUMBER, OPTED_OUT, TAGS, plain_word

LONGEST_LIST = 100  # characters of the name of a list
_SHOWN = 100  # characters of a bad cell that are kept
_LISTED = re.compile(r"[,;|\n]")
_DAY = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.,+\-Z ]*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*"
)


def _spoken(words: str) -> frozenset[str]:
    return frozenset(plain_word(word) for word in words.split(","))


_YES = _spoken(
    "1, 1.0, yes, y, true, t, x, ja, j, wahr, oui, o, vrai, sí, s, sim, verdadeiro, verdadero,"
    " vero, tak, да, evet, kyllä, ano, はい, 是, 예, opted out, opt out, optout, out, unsubscribed,"
    " unsubscribe, end, quit, cancel, revoke, abgemeldet, baja, arrêt, désabonné, odjava"
)
_DASHES = "-\u2013\u2014"  # people write them for "nothing"
_TICKS = frozenset("✓✔☑")
_NO = _spoken(
    "0, 0.0, no, n, false, f, nein, falsch, non, faux, não, falso, nie, нет, hayir, ei, ne, nej,"
    " nee, いいえ, 否, 아니요, opted in, opt in, in, subscribed, active, none, null, n/a"
) | {""}


@dataclass(slots=True)
class ReadRow:
    """What a row says. With problems nothing of it is stored, but for an opt-out."""

    row: int
    number: PhoneNumber | None = None
    mended: str | None = None  # what a spreadsheet had done to the number
    plain: dict[str, str] = field(default_factory=dict)  # first_name, time_zone, ...
    fields: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    opted_out: str | None = None  # the words that say so
    problems: list[Problem] = field(default_factory=list)

    def person(self) -> Person | None:
        """The contact that the row describes; None where something is wrong with it."""
        if self.number is None or self.problems:
            return None
        return Person(self.number, **self.plain, tags=frozenset(self.tags), fields=self.fields)


class RowReader:
    """Reads the rows of one sheet."""

    def __init__(self, headings: Sequence[str], order: ImportOrder) -> None:
        self._headings = headings
        self._order = order
        self._targets = [
            (place, target, headings[place]) for place, target in enumerate(order.columns) if target
        ]
        self._given = {"time_zone": order.time_zone, "language": order.language}

    def read(self, row: int, cells: Sequence[str]) -> ReadRow | None:
        """The person, or the problems; None for a row without content. `row` counts from 1."""
        if not any(map(str.strip, cells)):
            return None
        found = ReadRow(row, tags=tuple(self._order.tags))
        if any(map(str.strip, cells[len(self._headings) :])):
            extra = shown(cells[len(self._headings)])
            found.problems.append(Problem(row, "", extra, _TOO_MANY))
        for place, target, heading in self._targets:
            cell = cells[place] if place < len(cells) else ""
            if wrong := _why_unstorable(cell) or self._take(found, target, cell):
                found.problems.append(Problem(row, heading, shown(cell), wrong))
        for name, value in self._given.items():
            if value:
                found.plain.setdefault(name, value)
        return found

    def _take(self, found: ReadRow, target: str, cell: str) -> str | None:
        """Put the cell where it belongs; returns what is wrong with it."""
        if target == NUMBER:
            return self._take_number(found, cell)
        text = as_it_was(cell).strip()
        if target == OPTED_OUT:
            return _take_opt_out(found, text)
        return self._take_text(found, target, text) if text else None

    def _take_text(self, found: ReadRow, target: str, text: str) -> str | None:
        if target in ATTRIBUTES:
            return _take_plain(found, target, text, self._order.default_region)
        if target == TAGS:
            return _take_tags(found, text)
        if target == LIST:
            found.lists += tuple(_listed(text))
            return _why_no_list(found.lists)
        name = target.removeprefix(FIELD)
        found.fields[name] = text
        return why_no_field(name, text)

    def _take_number(self, found: ReadRow, cell: str) -> str | None:
        try:
            read = read_cell_number(cell.strip(), self._order.default_region)
        except InvalidNumber as error:
            return str(error)
        found.number, found.mended = read.number, read.mended
        return None

    @staticmethod
    def _shown(cell: str) -> str:
        """The cell, short, and in characters that every database takes."""
        return cell[:_SHOWN].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


_TOO_MANY = (
    "has more cells than there are headings: put quotes around cells that contain the delimiter,"
    " and check that no quote is missing"
)


def _why_unstorable(cell: str) -> str | None:
    """No database takes U+0000 or half a character."""
    if cell.isascii() and cell.isprintable():  # quickly asked, and true of most
        return None
    if "\0" in cell:
        return "contains the character NUL: remove it"
    if "\ufffd" in cell or any("\ud800" <= c <= "\udfff" for c in cell):
        return "has bytes that are no text in the encoding of this file: save it in UTF-8"
    return None


def _take_plain(found: ReadRow, target: str, text: str, region: str | None) -> str | None:
    if target == "language":
        text = text.replace("_", "-")
    if target == "postal_code":
        text = _with_zeros(text, region)
    found.plain[target] = text
    return why_wrong(target, text)


_FIVE_DIGITS = frozenset({"US", "PR", "DE", "FR", "IT", "ES", "MX", "TR", "FI", "HR", "EE", "UA"})


def _with_zeros(text: str, region: str | None) -> str:
    """Spreadsheets take the zeros from 01067 Dresden and 00601 Adjuntas."""
    lost = region in _FIVE_DIGITS and text.isdigit() and len(text) in (3, 4)
    return text.zfill(5) if lost else text


def _listed(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in _LISTED.split(text))
    return [part for part in dict.fromkeys(parts) if part]


def _take_tags(found: ReadRow, text: str) -> str | None:
    found.tags = tuple(dict.fromkeys([*found.tags, *_listed(text)]))
    return next(filter(None, map(why_no_tag, found.tags)), None)


def _why_no_list(names: Iterable[str]) -> str | None:
    if any(len(name) > LONGEST_LIST for name in names):
        return f"names a list with more than {LONGEST_LIST} characters: make it shorter"
    return None


def _take_opt_out(found: ReadRow, text: str) -> str | None:
    word = plain_word(text)
    if word in _YES or text in _TICKS or _is_day(text) or word.startswith("stop"):
        found.opted_out = text
        return None
    if word in _NO and (word or not text.strip(_DASHES)):
        return None
    return 'says neither yes nor no: write "yes" or a date for who opted out, else "no" or nothing'


def _is_day(text: str) -> bool:
    """Since when somebody is opted out; which day it is makes no difference."""
    found = _DAY.fullmatch(text)
    if not found or not found[1]:
        return bool(found)
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def shown(cell: str) -> str:
    """A cell, short, and in characters that every database takes."""
    return cell[:_SHOWN].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
