"""Moves everything from one database to another, and proves that it is the same.

All of it is one transaction on the target: it arrives whole, or not at all.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, func, select, text
from sqlalchemy import Table as Described

from app.domain.errors import Conflict
from app.storage import migrate
from app.storage.columns import Table
from app.storage.condition import looked_at
from app.storage.database import AnyRow, Database, Session

_AT_ONCE = 1_000  # rows that are in memory
_DISPATCHES = timedelta(seconds=30)  # who dispatches says so every five seconds
_MODULUS = 1 << 128


@dataclass(frozen=True, slots=True)
class Copied:
    """One table as it arrived."""

    table: str
    rows: int
    checksum: str  # over all rows in any order


def copy(
    source: Database, target: Database, now: datetime, watch: Callable[[Copied], None]
) -> list[Copied]:
    """Copy every row of every table; `watch` is told of each table. Nothing of the source changes.

    Raises Conflict, with nothing copied, when something dispatches from either, when revisions
    differ, when the target holds anything, or when it does not read back the same.
    """
    with source.reading() as old, target.writing() as new:
        _check(old, new, now)
        return copy_rows(old, new, watch)


def copy_rows(old: Session, new: Session, watch: Callable[[Copied], None]) -> list[Copied]:
    """The same within two transactions of the caller's, both at the newest revision.

    Raises Conflict when a table does not read back the same; the caller then rolls back.
    """
    done = [_copied(table, old, new) for table in Table.metadata.sorted_tables]
    for sent in done:
        arrived = _sum(sent.table, _rows(_table(sent.table), new))
        if arrived != sent:
            raise Conflict(
                f"{sent.table}: {sent.rows} rows were sent and {arrived.rows} arrived, or they"
                " changed on the way. Nothing was copied"
            )
        watch(sent)
    return done


def _check(old: Session, new: Session, now: datetime) -> None:
    require_newest(old, "the source")
    require_newest(new, "the target")
    require_empty(new)
    last = dispatched_at(old, now)
    if last is not None:
        raise Conflict(
            f"something dispatches: it looked at the outbox at {last:%H:%M:%S} UTC. Stop every web"
            " and worker process of the source, wait 30 seconds, and copy then"
        )


def require_newest(session: Session, name: str) -> None:
    """Raises Conflict, calling the database so, when its tables are not those of this version."""
    found, needed = migrate.revision_of(session), migrate.newest()
    if found != needed:
        raise Conflict(f"{name} is at {found}, needs {needed}: flask db upgrade")


def require_empty(session: Session) -> None:
    """Raises Conflict, naming a table, when any has rows."""
    for table in Table.metadata.sorted_tables:
        if session.execute(select(table).limit(1)).first() is not None:
            raise Conflict(f"the target is not empty: it has rows in {table.name}")


def dispatched_at(session: Session, now: datetime) -> datetime | None:
    """When a dispatcher last looked at the outbox, if one is at work; else None."""
    last = looked_at(session)
    return last if last is not None and abs(now - last) < _DISPATCHES else None


def _copied(table: Described, old: Session, new: Session) -> Copied:
    def passing() -> Iterator[AnyRow]:
        rows = _rows(table, old)
        while part := [row for _, row in zip(range(_AT_ONCE), rows, strict=False)]:
            new.execute(table.insert(), [dict(row._mapping) for row in part])
            yield from part

    sent = _sum(table.name, passing())
    _go_on_counting(table, new)
    return sent


def _rows(table: Described, session: Session) -> Iterator[AnyRow]:
    slowly = {"yield_per": _AT_ONCE}
    return iter(session.execute(select(table), execution_options=slowly))


def _sum(name: str, rows: Iterator[AnyRow]) -> Copied:
    """Each row's digest, added up: databases give rows in any order."""
    count = total = 0
    for row in rows:
        count += 1
        told = json.dumps(list(row), default=str, sort_keys=True).encode()
        total += int.from_bytes(hashlib.sha256(told).digest()[:16])
    return Copied(name, count, f"{total % _MODULUS:032x}")


def _go_on_counting(table: Described, session: Session) -> None:
    """Numbers that PostgreSQL gives must follow those that were copied."""
    key = next(iter(table.primary_key.columns))
    is_given = len(table.primary_key.columns) == 1 and isinstance(key.type, Integer)
    if is_given and session.get_bind().dialect.name == "postgresql":
        highest = session.scalar(select(func.max(key)))
        if highest is not None:
            session.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
                {"table": table.name, "column": key.name, "highest": highest},
            )


def _table(name: str) -> Described:
    return Table.metadata.tables[name]
