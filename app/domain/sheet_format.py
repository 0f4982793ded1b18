"""How a text file holds a table: its encoding, its delimiter, and whether the first row is one.

All of it is found out from the first bytes; a client may say otherwise.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import UnreadableSheet
from app.domain.sheet_words import is_known

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 64 * 1024  # bytes: some hundred rows

_UTF_8, _WESTERN = "utf-8", "cp1252"
_MARKS = (
    (codecs.BOM_UTF8, _UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "is in the old format of Excel (.xls): save it as .xlsx or CSV",
    b"%PDF": "is a PDF: export the table as CSV or XLSX",
    b"\x1f\x8b": "is compressed: unpack it first",
    b"{\\rtf": "is a text document: export the table as CSV or XLSX",
    b"\xff\xfe\0\0": "is in UTF-32: save it in UTF-8",
    b"\0\0\xfe\xff": "is in UTF-32: save it in UTF-8",
}
_NO_TEXT = "is neither text nor a workbook: save the table as CSV or XLSX"
_ROWS = 50  # that are looked at
_MANY = 0.3  # of every other byte: text that is mostly Latin letters, in UTF-16
_SEPARATOR_LINE = re.compile(r"\A\"?sep=(.)\"?\r?\n", re.IGNORECASE)  # Excel's own hint
_PHONE = re.compile(r"[\s'\u200e\u202a]*\+?[\s().\-/\d\u00a0]{7,}(?:[Ee]\+?\d+)?\s*")
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class SheetFormat:
    """How the bytes are to be read."""

    encoding: str  # as Python calls it, without the byte order mark
    start: int  # bytes before the first row: a mark, and a line that names the delimiter
    delimiter: str
    has_header: bool


def find_encoding(sample: bytes) -> tuple[str, int]:
    """The encoding, and the length of the byte order mark.

    Raises UnreadableSheet for what is no text. Whatever is not UTF-8 is taken for Windows-1252.
    """
    for start, reason in _FOREIGN.items():
        if sample.startswith(start):
            raise UnreadableSheet(reason)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding, len(mark)
    if b"\0" in sample:
        return _unmarked_utf_16(sample), 0
    return (_UTF_8 if could_be_utf_8(sample) else _WESTERN), 0


def could_be_utf_8(sample: bytes) -> bool:
    """Is it UTF-8, but for a character that the end of the sample cuts through?"""
    try:
        codecs.getincrementaldecoder(_UTF_8)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf_16(sample: bytes) -> str:
    even, odd = sample[::2], sample[1::2]
    empty_even, empty_odd = even.count(0) / len(even), odd.count(0) / max(1, len(odd))
    if empty_odd > _MANY and not empty_even:
        return "utf-16-le"
    if empty_even > _MANY and not empty_odd:
        return "utf-16-be"
    raise UnreadableSheet(_NO_TEXT)


def find_format(sample: bytes, encoding: str, mark: int) -> SheetFormat:
    """How to read a file that begins so. Raises UnreadableSheet where there is nothing in it."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample[mark:])
    if not text.strip("\ufeff \t\r\n,;|"):
        raise UnreadableSheet("is empty: it needs at least one row")
    named = _SEPARATOR_LINE.match(text)
    skipped = named.end() if named else 0
    begin = mark + len(text[:skipped].encode(encoding))
    delimiter = named[1] if named and named[1] in DELIMITERS else find_delimiter(text[skipped:])
    rows = _rows(text[skipped:], delimiter)
    return SheetFormat(encoding, begin, delimiter, has_header(rows))


def find_delimiter(text: str) -> str:
    """The delimiter under which the text is most like a table of people."""
    return max(DELIMITERS, key=lambda each: _likeness(_rows(text, each)))


def _likeness(rows: Sequence[Sequence[str]]) -> tuple[int, float, float, int]:
    """Known headings; rows with a number; rows of one width; that width."""
    if not rows:
        return 0, 0.0, 0.0, 0
    (width, same), *_ = Counter(map(len, rows)).most_common(1)
    headings = sum(map(is_known, rows[0]))
    numbers = sum(any(map(is_like_a_number, row)) for row in rows) / len(rows)
    return headings, numbers, (same / len(rows) if width > 1 else 0.0), width


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Does the first row name the columns? Not when it has a number to be texted."""
    if not rows:
        return False
    if any(map(is_known, rows[0])):
        return True
    return not any(map(is_like_a_number, rows[0]))


def is_like_a_number(cell: str) -> bool:
    """Could somebody have meant a telephone number?"""
    return bool(_PHONE.fullmatch(cell)) and sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The first rows that are not empty; the one that the sample cuts is left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error:
        pass  # what could be read so far decides
    return rows[:-1] if len(rows) > _ROWS else rows
