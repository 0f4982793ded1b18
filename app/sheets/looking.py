"""A first look at an uploaded file: what it is, how it is written, what stands over its columns."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from app.domain.errors import UnreadableSheet
from app.domain.import_order import find_columns
from app.domain.sheet_facts import SheetFacts, told_apart
from app.domain.sheet_format import SAMPLE, SheetFormat, find_encoding, find_format
from app.sheets.csv_rows import RawRow, read_rows
from app.sheets.workbook import to_csv

_WORKBOOK = b"PK\x03\x04"
_MOST_COLUMNS = 500
_LOOKED_AT = 50  # rows
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Hints:
    """What the client knows better; None: find it out."""

    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool | None = None


def look(path: Path, hints: Hints | None = None) -> SheetFacts:
    """What is in the file. A workbook is replaced by its first sheet, as CSV.

    Raises UnreadableSheet where no table can be found in it.
    """
    hints = hints or Hints()
    sheet = _unpack(path)
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    encoding, mark = (hints.encoding, 0) if hints.encoding else find_encoding(sample)
    if not hints.encoding and encoding == "utf-8" and not mark and not _is_utf_8(path):
        encoding = "cp1252"
    form = find_format(sample, encoding, mark)
    if hints.delimiter is not None:
        form = replace(form, delimiter=hints.delimiter)
    if hints.has_header is not None:
        form = replace(form, has_header=hints.has_header)
    rows = list(islice(read_rows(path, form, form.start), _LOOKED_AT))
    blank = _leading_blanks(rows)
    kind = "csv" if sheet is None else "xlsx"
    return _facts(kind, form, rows[blank:], blank, sheet)


def _facts(
    kind: str, form: SheetFormat, rows: Sequence[RawRow], blank: int, sheet: str | None
) -> SheetFacts:
    if not rows:
        raise UnreadableSheet("has only empty rows at its beginning: remove them")
    first, people = rows[0].cells, rows[form.has_header :]
    width = len(first) if form.has_header else max(len(row.cells) for row in rows)
    if width > _MOST_COLUMNS:
        raise UnreadableSheet(f"has {width} columns: at most {_MOST_COLUMNS} can be read")
    cells = [*first, *[""] * (width - len(first))]
    headings = told_apart(cells, is_header=form.has_header)
    columns = find_columns(
        headings, is_header=form.has_header, rows=[row.cells for row in people if not row.why]
    )
    begin = rows[0].end if form.has_header else form.start
    behind = blank + 1 if form.has_header else 0
    return SheetFacts(kind, form, headings, columns, begin, behind, sheet)


def _unpack(path: Path) -> str | None:
    """Put CSV in the place of a workbook; returns the name of the sheet, None for other files."""
    with path.open("rb") as file:
        if file.read(len(_WORKBOOK)) != _WORKBOOK:
            return None
    table = path.with_suffix(".table")
    try:
        sheet = to_csv(path.resolve(), table.resolve())
        table.replace(path)
    finally:
        table.unlink(missing_ok=True)
    return sheet


def _is_utf_8(path: Path) -> bool:
    """Is all of it UTF-8? One name with an umlaut may stand in the last row only."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _leading_blanks(rows: Sequence[RawRow]) -> int:
    blank = 0
    for row in rows:
        if any(map(str.strip, row.cells)):
            break
        blank += 1
    return blank
