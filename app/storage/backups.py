"""Everything as one SQLite file, and back. The file is of one moment, and proves what is in it."""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.domain.errors import Conflict
from app.storage import copying, emptying, migrate
from app.storage.copying import Copied
from app.storage.database import Database, Session, connect
from app.storage.restored import Held, hold

_OWNER = 0o600
_BOOK = "carillon_backup"  # in the file alone: what was written, and when
_MAKE = text(f"CREATE TABLE {_BOOK} (at TEXT, name TEXT, row_count INTEGER, checksum TEXT)")
_WRITE = text(f"INSERT INTO {_BOOK} VALUES (:at, :table, :rows, :checksum)")  # noqa: S608 (the constant above)
_READ = text(f"SELECT at, name, row_count, checksum FROM {_BOOK}")  # noqa: S608 (the same)

Watch = Callable[[Copied], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file holds."""

    taken_at: datetime
    tables: tuple[Copied, ...]


def save(source: Database, file: Path, now: datetime, watch: Watch) -> Backup:
    """Write a new file; it is there when it is whole. Whoever sends meanwhile is not disturbed.

    Raises Conflict when the file exists, or the database is not that of this version.
    """
    if file.exists():
        raise Conflict(f"{file} exists: a backup never overwrites anything")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
        made = Path(folder) / "backup.db"
        made.touch(_OWNER)
        with closing(connect(f"sqlite:///{made}")) as target:
            migrate.upgrade(target)
            with source.reading() as old, target.writing() as new:
                _of_one_moment(old)
                copying.require_newest(old, "the database")
                backup = Backup(now, tuple(copying.copy_rows(old, new, watch)))
                _keep_book(new, now, [_as_kept(new, each.table) for each in backup.tables])
        _fold(made)
        made.rename(file)
    return backup


def restore(
    file: Path, target: Database, now: datetime, watch: Watch, *, replace: bool = False
) -> tuple[Backup, Held]:
    """Bring everything back, and hold whatever may have been sent since.

    One transaction: it is all there and held, or nothing is. Raises Conflict when the file is none
    of ours or is damaged, and when the target is in use, or has rows and `replace` is not said.
    """
    with _opened(file) as source, source.reading() as old:
        backup = _book(old, file)
        with target.writing() as new:
            _require_unused(new, now)
            if replace:
                emptying.empty(new)
            copying.require_empty(new)
            arrived = copying.copy_rows(old, new, watch)
            _compare(backup, arrived)
            return backup, hold(new, backup.taken_at, now)


@contextmanager
def _opened(file: Path) -> Iterator[Database]:
    """A copy of the file at this version's revision: the file itself stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copyfile(file, Path(folder) / "backup.db"))
        copy.chmod(_OWNER)
        try:
            with closing(connect(f"sqlite:///{copy}")) as source:
                _check_file(source, file)
                _compare_with_book(source, file)
                migrate.upgrade(source)
                yield source
        except DatabaseError as error:
            raise Conflict(f"{file} is no backup, or is damaged: {error.orig}") from error


def _check_file(source: Database, file: Path) -> None:
    with source.reading() as session:
        found = session.scalar(text("PRAGMA integrity_check"))
        if found != "ok":
            raise Conflict(f"{file} is damaged: {found}")
        revision = migrate.revision_of(session)
    if revision is None or revision > migrate.newest():
        raise Conflict(f"{file} is at {revision}, this version only knows {migrate.newest()}")


def _book(session: Session, file: Path) -> Backup:
    rows = session.execute(_READ).all()
    if not rows:
        raise Conflict(f"{file} does not say what it holds")
    tables = tuple(Copied(row.name, row.row_count, row.checksum) for row in rows)
    return Backup(datetime.fromisoformat(rows[0].at), tables)


def _keep_book(session: Session, taken_at: datetime, tables: list[Copied]) -> None:
    session.execute(_MAKE)
    at = taken_at.isoformat()
    for each in tables:
        told = {"at": at, "table": each.table, "rows": each.rows, "checksum": each.checksum}
        session.execute(_WRITE, told)


def _as_kept(session: Session, table: str) -> Copied:
    """A table of the file, summed up from what SQLite keeps: so it is the same in every version."""
    rows = session.connection().exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 (our own names)
    digests = (
        hashlib.sha256(json.dumps(list(row), default=repr).encode()).digest() for row in rows
    )
    count = total = 0
    for digest in digests:
        count, total = count + 1, total + int.from_bytes(digest[:16])
    return Copied(table, count, f"{total % (1 << 128):032x}")


def _compare_with_book(source: Database, file: Path) -> None:
    """Is every row as it was written? Asked before the file is brought to our version."""
    with source.reading() as session:
        for then in _book(session, file).tables:
            found = _as_kept(session, then.table)
            if found.rows != then.rows:
                raise Conflict(f"{then.table}: {then.rows} rows were saved, {found.rows} are there")
            if found.checksum != then.checksum:
                raise Conflict(f"{then.table}: its rows are not those that were saved")


def _compare(backup: Backup, arrived: list[Copied]) -> None:
    """What a later version makes of a table has other checksums, and still as many rows."""
    now = {each.table: each for each in arrived}
    for then in backup.tables:
        found = now.get(then.table)
        if found is None or found.rows != then.rows:
            raise Conflict(f"{then.table}: {then.rows} rows were saved, and others are there")


def _of_one_moment(session: Session) -> None:
    """SQLite's transactions are so by themselves."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _require_unused(session: Session, now: datetime) -> None:
    if copying.dispatched_at(session, now) is not None:
        raise Conflict("something sends from the target: stop it, wait 30 seconds, and try again")


def _fold(file: Path) -> None:
    """One file instead of three; nobody else has it open."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
