"""Import of a million rows: rows a second and peak memory, on the database that is named.

    python -m bench.imports [ROWS] [DATABASE_URL] [csv|xlsx|inline.xlsx]

A workbook has its texts as Excel writes them, shared, each as an entry of its own, or (inline) in
their cells. The database must be empty; without one, a new SQLite file is used.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.domain.import_wish import Wish
from app.services.clock import Clock
from app.services.import_work import ImportWork
from app.services.imports import Imports, Upload
from app.storage import migrate
from app.storage.database import Database, connect
from app.storage.imports import StoredImport
from app.storage.uploads import Uploads
from tests.support.workbooks import write_workbook

_ROWS = 1_000_000
_HEADER = ["Mobile", "First name", "Last name", "Language", "Postcode", "City", "Opted out"]


def _people(count: int) -> Iterator[list[object]]:
    for place in range(count):
        # A number as a spreadsheet leaves it: no plus. Every thousandth row opts out.
        number = 447400000000 + place
        stop = "yes" if place % 1_000 == 0 else ""
        yield [number, f"Name{place}", "Example", "en", "SW1A 1AA", "London", stop]


def _write(path: Path, count: int) -> None:
    if path.suffix == ".xlsx":
        write_workbook(path, _table(count), is_shared=".inline" not in path.suffixes)
        return
    with path.open("w", encoding="utf-8") as out:
        for row in _table(count):
            out.write(",".join(map(str, row)) + "\n")


def _table(count: int) -> Iterator[list[object]]:
    yield list(_HEADER)
    yield from _people(count)


def _megabytes(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024  # KiB on Linux


def measure(database: Database, folder: Path, count: int, kind: str) -> None:
    """Import so many rows, and print what it took."""
    migrate.upgrade(database)
    path = folder / f"people.{kind}"
    _write(path, count)
    uploads, clock = Uploads(folder / "imports"), Clock()
    imports = Imports(database, uploads, clock, lambda: None)
    work = ImportWork(database, uploads, clock)
    before = _megabytes(resource.RUSAGE_SELF)
    began = time.monotonic()
    with path.open("rb") as stream:
        job = imports.upload(Upload(stream, path.name, "bench"))
    looked = time.monotonic()
    imports.start(job.id, Wish(default_region="GB"), "bench")
    work.run(job.id, _told)
    ended = time.monotonic()
    tally = imports.find(job.id).tally
    _say(f"\n{tally}")
    _say(f"{kind}, {path.stat().st_size >> 20} MiB, on {database.engine.dialect.name}")
    _say(f"uploaded and looked at in {looked - began:.1f} s")
    _say(f"read in {ended - looked:.1f} s: {tally.read / (ended - looked):,.0f} rows/s")
    # Linux counts a process's peak from before it became the program: ours, when it began.
    peak, child = _megabytes(resource.RUSAGE_SELF), _megabytes(resource.RUSAGE_CHILDREN)
    _say(f"peak memory {peak} MiB ({before} before it began), workbook reader at most {child} MiB")


def _told(job: StoredImport) -> None:
    if job.tally.read % 100_000 == 0:
        sys.stdout.write(".")
        sys.stdout.flush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: list[str]) -> None:
    count = int(arguments[0]) if arguments else _ROWS
    kind = arguments[2] if len(arguments) > 2 else "csv"  # noqa: PLR2004 (the third)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = arguments[1] if len(arguments) > 1 else f"sqlite:///{folder / 'bench.db'}"
        database = connect(url)
        measure(database, folder, count, kind)
        database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
