"""The rows of a CSV file, from any row on, a line in memory at a time."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import UnreadableSheet
from app.domain.sheet_format import SheetFormat

_LONGEST_LINE = 1_000_000  # characters
_MOST_BROKEN = 1_000  # rows whose quotes do not close; each costs a second look
_BROKEN = "cannot be read as a row: a quote that is opened is not closed, or stands in a cell"


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of a row as text, and where the next one begins."""

    cells: Sequence[str]
    end: int  # in bytes
    why: str | None = None  # it cannot be read; `cells` is its first line


def read_rows(
    path: Path, form: SheetFormat, position: int, width: int | None = None
) -> Iterator[RawRow]:
    """The rows from this byte on, empty ones included.

    A row whose quotes do not close is given as broken, and only its first line is lost: the rest
    is read as rows again. So is one of several lines that has not `width` cells. Raises
    UnreadableSheet where a line has no end, or too many rows are broken.
    """
    broken = 0
    with path.open("rb") as file:
        while True:
            lines = _Lines(file, form.encoding, position)
            yield from _good_rows(lines, form.delimiter, width)
            position = lines.end_of_row
            if lines.is_done:
                return
            broken += 1
            if broken > _MOST_BROKEN:
                raise UnreadableSheet(
                    f"more than {_MOST_BROKEN} rows have quotes that do not close"
                )
            lines.leave()
            lines = _Lines(file, form.encoding, position)
            line = next(lines)
            position = lines.at
            lines.leave()
            yield RawRow([line.rstrip("\r\n")], position, _BROKEN)


def _good_rows(lines: "_Lines", delimiter: str, width: int | None) -> Iterator[RawRow]:
    """Rows up to one that is broken; then `lines.is_done` is not set."""
    # Strict: else a quote that nobody closes would swallow all rows to the end without a word.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            lines.is_done = True
            return
        except csv.Error:
            return
        if width is not None and lines.in_row > 1 and len(cells) != width:
            return
        yield RawRow(cells, lines.at)


class _Lines:
    """Lines as csv wants them, ends included, counting their bytes."""

    def __init__(self, file: BinaryIO, encoding: str, position: int) -> None:
        file.seek(position)
        self._encoding = encoding
        # Bytes that are no text are kept as lone surrogates, or replaced by a character that is
        # as long, so that bytes can be counted; whoever reads the cells refuses them.
        self._errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        self._text = io.TextIOWrapper(file, encoding, self._errors, newline="")
        self._per_letter = 2 if encoding.startswith("utf-16") else 1
        self.at = self.end_of_row = position
        self.in_row = 0
        self.is_done = False

    def begin_row(self) -> None:
        self.end_of_row = self.at
        self.in_row = 0

    def leave(self) -> None:
        """Give the file back, open, to be read from another place."""
        self._text.detach()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_LINE:
            raise UnreadableSheet(f"a line is longer than {_LONGEST_LINE} characters")
        self.in_row += 1
        self.at += self._length(line)
        return line

    def _length(self, line: str) -> int:
        if line.isascii():
            return len(line) * self._per_letter
        return len(line.encode(self._encoding, self._errors))
