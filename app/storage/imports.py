"""Imports as they are kept: uploaded, claimed, moved on, finished."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from app.domain.contact import OnExisting
from app.domain.import_order import (
    ImportOrder,
    ImportStatus,
    Problem,
    RowCounts,
)
from app.domain.sheet_facts import SheetFacts
from app.storage.database import AnyRow
from app.storage.import_tables import Import, ImportProblem

_OPEN = (ImportStatus.QUEUED, ImportStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class NewImport:
    """A file that was uploaded."""

    id: str
    filename: str
    actor: str
    size: int
    facts: SheetFacts


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An import as it stands."""

    id: str
    filename: str
    actor: str
    status: ImportStatus
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    size: int
    facts: SheetFacts
    wish: ImportOrder | None  # None before somebody said start
    position: int
    row: int
    tally: RowCounts
    worker: str | None
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """How far a chunk has come."""

    position: int
    row: int


_COLUMNS = [getattr(Import, name) for name in StoredImport.__dataclass_fields__]


def add(session: Session, new: NewImport, now: datetime) -> None:
    """Keep an upload, of which nothing is done yet."""
    values = {
        "id": new.id,
        "filename": new.filename,
        "actor": new.actor,
        "status": ImportStatus.PREVIEWED,
        "created_at": now,
        "size": new.size,
        "facts": new.facts.as_json(),
        "wish": {},
        "position": new.facts.first,
        "row": new.facts.first_row,
        "tally": asdict(RowCounts()),
    }
    session.execute(insert(Import).values(values))


def find(session: Session, import_id: str) -> StoredImport | None:
    row = session.execute(select(*_COLUMNS).where(Import.id == import_id)).first()
    return _stored(row) if row else None


def lock(session: Session, import_id: str) -> StoredImport | None:
    """The import, which nobody else changes before this transaction ends."""
    statement = select(*_COLUMNS).where(Import.id == import_id).with_for_update()
    row = session.execute(statement).first()
    return _stored(row) if row else None


def page(session: Session, before: str | None, limit: int) -> list[StoredImport]:
    """Imports, the newest first."""
    statement = select(*_COLUMNS).order_by(Import.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Import.id < before)
    return [_stored(row) for row in session.execute(statement)]


def queue(session: Session, import_id: str, order: ImportOrder, now: datetime) -> None:
    """Let the import begin as soon as somebody has time for it."""
    values = {"status": ImportStatus.QUEUED, "wish": asdict(order), "started_at": now}
    session.execute(update(Import).where(Import.id == import_id).values(values))


def finish(
    session: Session, import_id: str, status: ImportStatus, reason: str | None, now: datetime
) -> None:
    """The end of an import, whichever it is."""
    values = {"status": status, "reason": reason, "finished_at": now, "lease_until": None}
    session.execute(update(Import).where(Import.id == import_id).values(values))


def next_open(session: Session, now: datetime) -> str | None:
    """The oldest import that waits for a worker, or whose worker is dead."""
    free = or_(Import.lease_until.is_(None), Import.lease_until < now)
    statement = select(Import.id).where(Import.status.in_(_OPEN), free).order_by(Import.id)
    return session.scalar(statement.limit(1))


def claim(
    session: Session, import_id: str, worker: str, now: datetime, lease: timedelta
) -> StoredImport | None:
    """Take an import for this worker; None when another has it, or it is over."""
    free = or_(Import.lease_until.is_(None), Import.lease_until < now)
    taken = (
        update(Import)
        .where(Import.id == import_id, Import.status.in_(_OPEN), free)
        .values(status=ImportStatus.RUNNING, worker=worker, lease_until=now + lease)
        .returning(*_COLUMNS)
    )
    row = session.execute(taken).first()
    return _stored(row) if row else None


def move_on(session: Session, job: StoredImport, step: Step, lease_until: datetime | None) -> bool:
    """Note how far the import is, if it still is this worker's and stands where it began."""
    moved = (
        update(Import)
        .where(
            Import.id == job.id,
            Import.worker == job.worker,
            Import.status == ImportStatus.RUNNING,
            Import.position == job.position,
            Import.row == job.row,
        )
        .values(position=step.position, row=step.row, lease_until=lease_until)
        .returning(Import.id)
    )
    return session.execute(moved).first() is not None


def note(session: Session, import_id: str, tally: RowCounts) -> None:
    """Write the counts, in the transaction that moved the import on."""
    session.execute(update(Import).where(Import.id == import_id).values(tally=asdict(tally)))


def let_go(session: Session, import_id: str, worker: str) -> None:
    """Give the import back, for another to go on with at once."""
    mine = update(Import).where(Import.id == import_id, Import.worker == worker)
    session.execute(mine.values(lease_until=None))


def abandoned(session: Session, before: datetime) -> Sequence[str]:
    """Uploads older than that which nobody started."""
    statement = select(Import.id).where(
        Import.status == ImportStatus.PREVIEWED, Import.created_at < before
    )
    return session.scalars(statement).all()


def add_problems(session: Session, import_id: str, problems: Iterable[Problem]) -> None:
    """Keep what is wrong; rows come in order."""
    rows, last, place = [], 0, 0
    for each in problems:
        place = place + 1 if each.row == last else 0
        last = each.row
        rows.append({"import_id": import_id, "place": place, **asdict(each)})
    if rows:
        session.execute(insert(ImportProblem), rows)


def problems(
    session: Session, import_id: str, after: tuple[int, int], limit: int
) -> list[tuple[tuple[int, int], Problem]]:
    """Problems behind this row and place, in order, each with its own."""
    columns = (ImportProblem.row, ImportProblem.place)
    row, place = after
    statement = (
        select(*columns, ImportProblem.column, ImportProblem.value, ImportProblem.problem)
        .where(
            ImportProblem.import_id == import_id,
            or_(
                ImportProblem.row > row, (ImportProblem.row == row) & (ImportProblem.place > place)
            ),
        )
        .order_by(*columns)
        .limit(limit)
    )
    return [
        ((found.row, found.place), Problem(found.row, found.column, found.value, found.problem))
        for found in session.execute(statement)
    ]


def _stored(row: AnyRow) -> StoredImport:
    values = dict(row._mapping)
    wish = values["wish"]
    if wish:
        wish = ImportOrder(**{**wish, "on_existing": OnExisting(wish["on_existing"])})
    return StoredImport(
        **{
            **values,
            "status": ImportStatus(values["status"]),
            "facts": SheetFacts.of_json(values["facts"]),
            "wish": wish or None,
            "tally": RowCounts(**values["tally"]),
        }
    )
