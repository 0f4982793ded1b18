"""Imports of contacts: a file is looked at, then started, watched, cancelled."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import IO

from app.domain.audit import AuditEvent
from app.domain.errors import Conflict, FixInput, Mistake, NotFound, UnreadableSheet
from app.domain.ids import is_id
from app.domain.import_order import (
    FINISHED,
    ImportStatus,
    Problem,
)
from app.domain.import_wish import Wish, order_of
from app.domain.sheet_rows import ReadRow, RowReader
from app.services.clock import Clock
from app.services.import_work import read_row
from app.sheets.csv_rows import read_rows
from app.sheets.looking import Hints, look
from app.storage import audit, import_lists, imports
from app.storage.database import Database, Session
from app.storage.imports import NewImport, StoredImport
from app.storage.uploads import Uploads

_LONGEST_FILENAME = 200
_SHOWN = 10  # rows of a preview
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes from a client. `filename` is only a name to be shown."""

    stream: IO[bytes]
    filename: str
    actor: str
    hints: Hints = field(default_factory=Hints)


class Imports:
    """Takes files in and says how far they are; the work itself is done by ImportWork."""

    def __init__(
        self, database: Database, uploads: Uploads, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._uploads = uploads
        self._clock = clock
        self._wake = wake

    def upload(self, upload: Upload, wish: Wish | None = None) -> StoredImport:
        """Keep a file and find out what is in it; nothing becomes of it before `start`.

        Raises FixInput where no table can be read from it, or the wish does not fit it, and
        TryAgain when it cannot be kept; then nothing is kept.
        """
        now = self._clock.now()
        import_id = next(self._clock.ids(now))
        path = self._uploads.keep(import_id, upload.stream)
        try:
            facts = look(path, upload.hints)
            order_of(facts, wish or Wish(), strict=wish is not None)
            name = _plain_name(upload.filename)
            new = NewImport(import_id, name, upload.actor, path.stat().st_size, facts)
            with self._database.writing() as session:
                imports.add(session, new, now)
                return self._found(session, import_id)
        except UnreadableSheet as error:
            self._uploads.remove(import_id)
            raise FixInput([Mistake("", f"the file {error}")]) from error
        except BaseException:
            self._uploads.remove(import_id)
            raise

    def find(self, import_id: str) -> StoredImport:
        """The import as it stands. Raises NotFound."""
        with self._database.reading() as session:
            return self._found(session, import_id)

    def page(self, before: str | None, limit: int) -> list[StoredImport]:
        """Imports, the newest first."""
        with self._database.reading() as session:
            return imports.page(session, before, limit)

    def preview(self, job: StoredImport, wish: Wish | None = None) -> list[ReadRow]:
        """The first rows as they would be read; none once the file is gone. Raises FixInput."""
        path = self._uploads.path(job.id)
        if not path.exists():
            return []
        order = order_of(job.facts, wish or Wish(), strict=wish is not None)
        facts, reader = job.facts, RowReader(job.facts.headings, order)
        raw = islice(read_rows(path, facts.form, facts.first, len(facts.headings)), _SHOWN)
        found = (read_row(reader, row, each) for row, each in enumerate(raw, facts.first_row + 1))
        return [row for row in found if row is not None]

    def start(self, import_id: str, wish: Wish, actor: str, *, wake: bool = True) -> StoredImport:
        """Let the import begin. Raises NotFound, FixInput with every mistake, and Conflict.

        `wake` is False where the caller does the work itself.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            job = self._locked(session, import_id)
            if job.status is not ImportStatus.PREVIEWED:
                raise Conflict(f"the import is {job.status}: it can be started only once")
            ids = self._clock.ids(now)
            order = order_of(job.facts, wish, strict=True)
            order = replace(order, lists=_list_ids(session, wish.lists, ids, now))
            imports.queue(session, import_id, order, now)
            audit.add(session, _event(next(ids), now, actor, "import.start", job))
            started = self._found(session, import_id)
        if wake:
            self._wake()
        return started

    def cancel(self, import_id: str, actor: str) -> StoredImport:
        """Read no further; what was read stays. Raises NotFound, and Conflict when it is over."""
        now = self._clock.now()
        with self._database.writing() as session:
            job = self._locked(session, import_id)
            if job.status in FINISHED:
                raise Conflict(f"the import is {job.status} already")
            imports.finish(session, import_id, ImportStatus.CANCELLED, f"by {actor}", now)
            event_id = next(self._clock.ids(now))
            audit.add(session, _event(event_id, now, actor, "import.cancel", job))
            cancelled = self._found(session, import_id)
        self._uploads.remove(import_id)
        return cancelled

    def problems(self, import_id: str) -> Iterator[Problem]:
        """Everything that is wrong in the file so far, row by row. Raises NotFound at once."""
        self.find(import_id)
        return self._problems(import_id)

    def _problems(self, import_id: str) -> Iterator[Problem]:
        after = (0, -1)
        while True:
            with self._database.reading() as session:
                page = imports.problems(session, import_id, after, _PAGE)
            yield from (problem for _, problem in page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    @staticmethod
    def _found(session: Session, import_id: str) -> StoredImport:
        return _need(imports.find(session, import_id) if is_id(import_id) else None, import_id)

    @staticmethod
    def _locked(session: Session, import_id: str) -> StoredImport:
        return _need(imports.lock(session, import_id) if is_id(import_id) else None, import_id)


def _need(found: StoredImport | None, import_id: str) -> StoredImport:
    if found is None:
        raise NotFound(f"there is no import {import_id}")
    return found


def _plain_name(filename: str) -> str:
    """The last part of a path, without what cannot be stored or shown."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in name if c.isprintable())
    return shown.encode("utf-8", "replace").decode()[:_LONGEST_FILENAME] or "unnamed"


def _list_ids(
    session: Session, wanted: Sequence[str], ids: Iterator[str], now: datetime
) -> tuple[str, ...]:
    """Lists by id or by name; a name that is not there is made a list, an id is a mistake."""
    known = import_lists.existing(session, [each for each in wanted if is_id(each)])
    missing = [place for place, each in enumerate(wanted) if is_id(each) and each not in known]
    if missing:
        raise FixInput([Mistake(f"/lists/{place}", "is no list") for place in missing])
    names = [each.strip() for each in wanted if each not in known]
    return (*sorted(known), *import_lists.named(session, names, ids, now).values())


def _event(event_id: str, now: datetime, actor: str, action: str, job: StoredImport) -> AuditEvent:
    details = {"filename": job.filename, "rows_read": job.tally.read}
    return AuditEvent(event_id, now, actor, action, "import", job.id, details)
