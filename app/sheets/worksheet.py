"""The rows of a worksheet, as text, one at a time."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from app.sheets.cell_formats import Kind, elapsed, moment
from app.sheets.shared_strings import SharedStrings
from app.sheets.xml_stream import Damaged, Texts

_EXACT = 1e15  # Excel keeps fifteen digits: what is larger has lost some
_DIGITS = 15
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # that a worksheet has
_LETTERS = re.compile(r"([A-Z]{1,3})[0-9]*", re.ASCII)
_A_DATE = len("2026-11-26")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # for what XML cannot hold (22.9.2.19)


def cell_text(value: object) -> str:
    """A cell as text. A spreadsheet keeps telephone numbers as 447700900000.0."""
    match value:
        case str():
            text = value
        case bool():
            text = str(value).lower()
        case float():
            exact = value.is_integer() and abs(value) < _EXACT
            text = str(int(value)) if exact else f"{value:.15G}"
        case datetime() if value.time() == time():
            text = value.date().isoformat()
        case datetime() | date() | time():
            text = value.isoformat()
        case _:
            text = "" if value is None else str(value)
    return text


class Worksheet(Texts):
    """Listens to a worksheet, and hands each row to `write`, without empty cells at its end.

    Rows that are left out are handed on as empty ones, so that they keep their numbers.
    """

    def __init__(
        self,
        strings: SharedStrings,
        kinds: Sequence[Kind],
        write: Callable[[list[str]], object],
        *,
        from_1904: bool,
    ) -> None:
        super().__init__()
        self._strings, self._kinds, self._write = strings, kinds, write
        self._from_1904 = from_1904
        self._columns: dict[str, int] = {}
        self.begins |= {"row": self._begin_row, "c": self._begin_cell, "v": self._begin_value}
        self.ends |= {"row": self._end_row, "c": self._end_cell, "v": self._end_value}
        self._written = self._row = 0
        self._cells: list[str] = []
        self._at = -1
        self._type = "n"
        self._style: str | None = None
        self._value = ""

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        name = attributes.get("r")
        self._at = self._at + 1 if name is None else self._column(name)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s")
        self._value = ""
        self.runs.clear()

    def _end_cell(self) -> None:
        if text := self._text_of_cell():
            self._put(text)

    def _begin_value(self, _: dict[str, str]) -> None:
        self.text.clear()
        self._within = True

    def _end_value(self) -> None:
        self._value = "".join(self.text)
        self._within = False

    def _column(self, name: str) -> int:
        letters = name.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = _place(letters)
        return known

    def _put(self, text: str) -> None:
        cells, at = self._cells, self._at
        if at >= _COLUMNS:
            raise Damaged("a row has too many cells")
        if at > len(cells):
            cells += [""] * (at - len(cells))
        if at == len(cells):
            cells.append(text)
        else:
            cells[at] = text

    def _begin_row(self, attributes: dict[str, str]) -> None:
        name = attributes.get("r")
        row = self._row + 1 if name is None else _number(name)
        if not self._row < row <= _ROWS:  # Excel repairs such a workbook, and asks first
            raise Damaged("rows are not in order")
        self._row = row
        self._cells, self._at = [], -1

    def _end_row(self) -> None:
        if self._cells:
            for _ in range(self._written + 1, self._row):
                self._write([])
            self._write(self._cells)
            self._written = self._row

    def _text_of_cell(self) -> str:
        kind, value = self._type, self._value
        if kind == "inlineStr":
            text = "".join(self.runs)
        elif not value or kind == "e":  # #N/A says that there is nothing
            return ""
        elif kind == "n":
            return self._number_as_text(value)
        elif kind == "s":
            text = self._strings[_number(value)]
        elif kind == "b":
            return "true" if value in {"1", "true"} else "false"
        elif kind == "d":
            return _iso(value)
        else:
            text = value
        return _ESCAPE.sub(_character, text) if "_x" in text else text

    def _number_as_text(self, value: str) -> str:
        kind = self._kind() if self._style else Kind.AMOUNT
        plain = value.isdecimal() and value.isascii() and len(value) <= _DIGITS
        if plain and kind is Kind.AMOUNT and value[0] != "0":
            return value
        try:
            number = float(value)
            return cell_text(self._told(number, kind))
        except (ValueError, OverflowError):
            return value

    def _kind(self) -> Kind:
        place = _number(self._style or "0")
        return self._kinds[place] if place < len(self._kinds) else Kind.AMOUNT

    def _told(self, number: float, kind: Kind) -> float | datetime | date | time | timedelta:
        if kind is Kind.MOMENT:
            return moment(number, from_1904=self._from_1904)
        return elapsed(number) if kind is Kind.ELAPSED else number


def _place(letters: str) -> int:
    """The column of A, XFD and all between, from nought on."""
    if not _LETTERS.fullmatch(letters):
        raise Damaged(f"a cell is named {letters[:20]!r}")
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise Damaged("a number is no number")
    return int(text)


def _iso(text: str) -> str:
    try:
        return cell_text(datetime.fromisoformat(text)) if len(text) > _A_DATE else text
    except ValueError:
        return text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
