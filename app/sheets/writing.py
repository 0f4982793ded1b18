"""CSV as it is streamed to a client: harmless to spreadsheets, and readable by our own imports."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from app.domain.lots import lots
from app.domain.sheet_cells import harmless

MARK = "\ufeff"
"""Without it Excel takes UTF-8 for Windows-1252, and spoils every name with an accent."""

_AT_ONCE = 500  # rows a piece of text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table in pieces; a cell that is None is empty."""
    yield MARK + _lines([header])
    for some in lots(rows, _AT_ONCE):
        yield _lines(some)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # lines end with CR LF, as RFC 4180 has it
    for row in rows:
        writer.writerow(["" if cell is None else harmless(str(cell)) for cell in row])
    return out.getvalue()
