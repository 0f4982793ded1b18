"""The work of imports: claimed by one process, done chunk by chunk, gone on with after a crash."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta

from app.domain.errors import TryAgain, UnreadableSheet
from app.domain.import_order import ImportStatus, Problem
from app.domain.lots import lots
from app.domain.sheet_rows import ReadRow, RowReader, shown
from app.meters import Meters
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.services.import_chunks import LEASE, Chunk, ChunkWriter, NoLongerOurs
from app.sheets.csv_rows import RawRow, read_rows
from app.storage import imports
from app.storage.database import Database
from app.storage.imports import StoredImport
from app.storage.seen_numbers import SeenNumbers
from app.storage.uploads import Uploads

_log = logging.getLogger(__name__)

_AT_ONCE = 1_000  # rows a transaction: a tenth of a second, in which nobody else writes on SQLite
_UNUSED = timedelta(hours=24)  # how long an upload is kept that nobody starts
_GONE = (
    "the uploaded file is not here: processes that share a database must share IMPORT_DIR as well."
    " Upload it again"
)
_OURS = "that is our fault, and it was logged; what was read before stays"

Watch = Callable[[StoredImport], None]
"""Told after every chunk."""


class ImportWork:
    """Does imports. Any number of processes may: each import has one worker at a time."""

    def __init__(
        self,
        database: Database,
        uploads: Uploads,
        clock: Clock,
        at_once: int = _AT_ONCE,
        meters: Meters | None = None,
    ) -> None:
        self._database = database
        self._uploads = uploads
        self._clock = clock
        self._at_once = at_once
        self._meters = meters or Meters()

    def next(self) -> str | None:
        """An import that waits to be done, or whose worker is dead; the oldest first."""
        with self._database.reading() as session:
            return imports.next_open(session, self._clock.now())

    def go_on(self, should_stop: Callable[[], bool]) -> None:
        """Do imports as long as there are any that nobody has; raises TryAgain as `run` does."""
        while not should_stop() and (found := self.next()) is not None:
            self.run(found, should_stop=should_stop)

    def run(
        self,
        import_id: str,
        watch: Watch = lambda _job: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Do an import to its end, from where it stands; False: another has it, or it is over.

        Ends early when told to stop, and lets another go on at once. Raises TryAgain when the
        database is away; the import goes on when the lease is over.
        """
        now = self._clock.now()
        worker = next(self._clock.ids(now))
        with self._database.writing() as session:
            job = imports.claim(session, import_id, worker, now, LEASE)
        if job is None:
            return False
        try:
            self._finish(job, *self._work(job, watch, should_stop))
        except NoLongerOurs:
            self._clean_up(import_id)
        except _Stopped:
            with self._database.writing() as session:
                imports.let_go(session, import_id, worker)
        return True

    def _work(
        self, job: StoredImport, watch: Watch, should_stop: Callable[[], bool]
    ) -> tuple[ImportStatus, str | None]:
        """Read the file to its end; returns what became of the import, and why."""
        try:
            with SeenNumbers(self._uploads.beside(job.id)) as seen:
                self._read(ChunkWriter(self._database, job, seen), watch, should_stop)
        except UnreadableSheet as error:
            return ImportStatus.FAILED, f"the file {error}"
        except FileNotFoundError:
            return ImportStatus.FAILED, _GONE
        except (TryAgain, NoLongerOurs, _Stopped):
            raise
        except Exception:  # noqa: BLE001 (whatever it is, it would come again at the next try)
            _log.exception("import_failed", extra={"import_id": job.id})
            return ImportStatus.FAILED, _OURS
        return ImportStatus.DONE, None

    def _read(self, writer: ChunkWriter, watch: Watch, should_stop: Callable[[], bool]) -> None:
        job = writer.job
        assert job.wish is not None
        facts, reader = job.facts, RowReader(job.facts.headings, job.wish)
        path = self._uploads.path(job.id)
        raw = read_rows(path, facts.form, job.position, len(facts.headings))
        for chunk in _chunks(raw, reader, job.row, self._at_once):
            if should_stop():
                raise _Stopped
            now = self._clock.now()
            before = writer.job.tally.opted_out
            stored = writer.store(chunk, self._clock.ids(now), now)
            self._meters.opted_out("import", stored.tally.opted_out - before)
            watch(stored)

    def _finish(self, job: StoredImport, status: ImportStatus, reason: str | None) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            found = imports.lock(session, job.id)
            mine = found is not None and found.worker == job.worker
            if found is None or not mine or found.status is not ImportStatus.RUNNING:
                raise NoLongerOurs
            imports.finish(session, job.id, status, reason, now)
            counted = {name: count for name, count in asdict(found.tally).items() if count}
            told = {"filename": found.filename, "status": status.value, **counted}
            AuditNotes(self._clock, "import").add(
                session, found.actor, "import.finish", found.id, told
            )
        _log.info("import_finished", extra={"import_id": job.id, "status": status.value})
        self._uploads.remove(job.id)

    def _clean_up(self, import_id: str) -> None:
        """Of an import that was cancelled while it was read, nothing is needed any more."""
        with self._database.reading() as session:
            found = imports.find(session, import_id)
        if found is None or found.finished_at is not None:
            self._uploads.remove(import_id)

    def forget_unused(self) -> None:
        """Delete uploads that nobody started."""
        now = self._clock.now()
        with self._database.reading() as session:
            unused = imports.abandoned(session, now - _UNUSED)
        for import_id in unused:
            with self._database.writing() as session:
                found = imports.lock(session, import_id)
                if found is None or found.status is not ImportStatus.PREVIEWED:
                    continue
                reason = "nobody started it within a day"
                imports.finish(session, import_id, ImportStatus.CANCELLED, reason, now)
            self._uploads.remove(import_id)


class _Stopped(Exception):
    """The process was told to end."""


def _chunks(raw: Iterator[RawRow], reader: RowReader, row: int, at_once: int) -> Iterator[Chunk]:
    for some in lots(raw, at_once):
        people = [
            read
            for number, each in enumerate(some, row + 1)
            if (read := read_row(reader, number, each)) is not None
        ]
        row += len(some)
        yield Chunk(people, some[-1].end, row)


def read_row(reader: RowReader, number: int, raw: RawRow) -> ReadRow | None:
    """The row as a person; a broken one as a problem, an empty one as nothing."""
    if raw.why is None:
        return reader.read(number, raw.cells)
    return ReadRow(number, problems=[Problem(number, "", shown(raw.cells[0]), raw.why)])
