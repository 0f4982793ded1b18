"""A workbook's first sheet as CSV: a program of its own, run with limits to memory and time.

It is read as it flows by, shared strings on disk, so memory stays flat. But a workbook of a few
kilobytes can claim to be a billion cells wide. So it is read in a child process, which may die of
it; what comes out is CSV, and read like any other.
"""

import csv
import errno
import json
import resource
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from app.domain.errors import UnreadableSheet
from app.sheets.cell_formats import Kind
from app.sheets.shared_strings import SharedStrings
from app.sheets.workbook_parts import Locked, NoSheet, Parts, find_sheet, read_kinds
from app.sheets.worksheet import Worksheet
from app.sheets.xml_stream import Damaged, listen

_MEMORY = 512 << 20  # bytes of addresses: a million rows take a tenth of it
_SECONDS = 110  # of work: a million rows take a third of it
_WAITED = 300  # seconds by the clock, where others need the processor as well
_LARGEST = 4 << 30  # bytes of CSV, or of shared strings
_UNREADABLE = 3  # the exit code with which the child says why
_FULL = (errno.EFBIG, errno.ENOSPC, errno.ENOMEM)


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
            timeout=_WAITED,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableSheet(_TOO_LARGE) from None
    if ended.returncode == _UNREADABLE:
        raise UnreadableSheet(ended.stderr.decode("utf-8", "replace").strip())
    if ended.returncode:  # killed by a limit, or out of memory
        raise UnreadableSheet(_TOO_LARGE)
    return str(json.loads(ended.stdout)["sheet"])


_TOO_LARGE = "needs more memory or time than a workbook is given: save the sheet as CSV instead"


def _main(source: str, target: str) -> int:
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, _LARGEST),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        sheet = convert(Path(source), Path(target))
    except NoSheet:
        return _complain("has no sheet with a table")
    except Locked:
        return _complain("has a password: take it away, or save the sheet as CSV")
    except OSError as error:
        if error.errno in _FULL:
            raise
        return _complain(_NO_WORKBOOK)
    except (Damaged, BadZipFile, zlib.error, EOFError, ValueError, LookupError, RuntimeError):
        return _complain(_NO_WORKBOOK)
    print(json.dumps({"sheet": sheet}))  # noqa: T201 (the answer to the parent)
    return 0


_NO_WORKBOOK = "cannot be read as a workbook (.xlsx): open it, and save it anew or as CSV"


def convert(source: Path, target: Path) -> str:
    """Write the first sheet that can be seen as CSV, in this process; returns its name.

    Raises NoSheet, Locked, and for what is damaged Damaged or what zipfile raises.
    """
    with ZipFile(source) as archive, SharedStrings(target.parent) as strings:
        parts = Parts(archive)
        book = find_sheet(parts)
        if book.strings:
            with parts.open(book.strings) as stream:
                strings.read(stream)
        kinds: Sequence[Kind] = ()
        if book.styles:
            with parts.open(book.styles) as stream:
                kinds = read_kinds(stream)
        with (
            target.open("w", encoding="utf-8", errors="replace", newline="") as out,
            parts.open(book.part) as stream,
        ):
            write = csv.writer(out).writerow  # its line ends have both, so cells may have each
            listen(stream, Worksheet(strings, kinds, write, from_1904=book.from_1904))
    return book.sheet


def _complain(why: str) -> int:
    print(why, file=sys.stderr)  # noqa: T201 (the answer to the parent)
    return _UNREADABLE


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
