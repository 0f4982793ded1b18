"""A workbook's first sheet as CSV: a program of its own, run with limits to memory and time.

The library that reads XLSX holds the whole sheet, and a workbook of a few kilobytes can claim to
be a billion cells wide. So it is read in a child process, which may die of it; what comes out is
CSV, and read like any other.
"""

import csv
import json
import resource
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import TextIO

from app.domain.errors import UnreadableSheet

_MEMORY = 3 << 30  # bytes: a million rows of ten columns take less than one GiB
_SECONDS = 110  # of work, within the two minutes that a request may take
_LARGEST = 4 << 30  # bytes of CSV
_EXACT = 1e15  # Excel keeps fifteen digits: what is larger has lost some
_UNREADABLE = 3  # the exit code with which the child says why


def to_csv(source: Path, target: Path) -> str:
    """Write the first sheet of a workbook as CSV in UTF-8; returns the sheet's name.

    Raises UnreadableSheet for what is no workbook, has a password, or is too large.
    """
    command = [sys.executable, "-m", "app.sheets.workbook", str(source), str(target)]
    try:
        ended = subprocess.run(  # noqa: S603 (our own module; paths of ours)
            command,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            timeout=_SECONDS + 10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableSheet(_TOO_LARGE) from None
    if ended.returncode == _UNREADABLE:
        raise UnreadableSheet(ended.stderr.decode("utf-8", "replace").strip())
    if ended.returncode:  # killed by a limit, or by the library's own panic
        raise UnreadableSheet(_TOO_LARGE)
    return str(json.loads(ended.stdout)["sheet"])


_TOO_LARGE = "needs more memory or time than a workbook is given: save the sheet as CSV instead"


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


def _main(source: str, target: str) -> int:
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, _LARGEST),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    import python_calamine as calamine  # noqa: PLC0415 (only the child needs it)

    try:
        book = calamine.CalamineWorkbook.from_path(source)
        name = next(
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
        )
        with Path(target).open("w", encoding="utf-8", errors="replace", newline="") as out:
            _write(out, book.get_sheet_by_name(name).iter_rows())
    except StopIteration:
        return _complain("has no sheet with a table")
    except calamine.PasswordError:
        return _complain("has a password: take it away, or save the sheet as CSV")
    except (calamine.CalamineError, OSError, ValueError):
        return _complain(_NO_WORKBOOK)
    print(json.dumps({"sheet": name}))  # noqa: T201 (the answer to the parent)
    return 0


_NO_WORKBOOK = "cannot be read as a workbook (.xlsx): open it, and save it anew or as CSV"


def _write(out: TextIO, rows: Iterable[Iterable[object]]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [cell_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        writer.writerow(cells)


def _complain(why: str) -> int:
    print(why, file=sys.stderr)  # noqa: T201 (the answer to the parent)
    return _UNREADABLE


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
