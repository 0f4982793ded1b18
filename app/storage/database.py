"""The database: one engine, one way to write and one to read.

SQLite and PostgreSQL behave alike from here on. What SQLite needs for that: write-ahead log,
BEGIN IMMEDIATE (a plain BEGIN that turns into a write fails at once with "database is locked"
whatever the busy timeout), and writers of one process that queue up at a lock of ours, since
its own waiting is unfair and costs seconds under load.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.domain.errors import MaybeDone, TryAgain

__all__ = ["AnyRow", "Database", "Session", "connect"]

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are told apart by name."""

_WAIT = 10.0  # seconds for a lock, a turn or a connection: Vonage waits 15 for a webhook's answer
_CONNECT_TIMEOUT = 5  # seconds for PostgreSQL to answer the door


class Database:
    """Sessions on one database. Share one object among all threads of a process."""

    def __init__(self, engine: Engine, info: Mapping[Any, Any] | None = None) -> None:
        self.engine = engine
        self._info = dict(info or {})  # what storage finds in the `info` of each session
        self._reader = engine.execution_options(reading=True)
        one_writer = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = _Turn() if one_writer else nullcontext()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose transaction is committed, durably, when the block ends.

        Raises TryAgain, with nothing done, when the database is away, full, or busy for too long,
        and MaybeDone when it went away during the commit.
        """
        with self._turn, _in_our_words(), Session(self.engine, info=self._info) as session:
            yield session
            _commit(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that waits for no writer. Raises TryAgain as `writing` does."""
        with _in_our_words(), Session(self._reader, info=self._info) as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


class _Turn:
    """Where the writers of one process queue up. Raises TryAgain to those who wait too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_WAIT):
            raise TryAgain("the database is busy")

    def __exit__(self, *_exception: object) -> None:
        self._lock.release()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise MaybeDone("the database went away") from error
        raise


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise TryAgain("the database cannot be used now") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise TryAgain("the database went away") from error
        raise


def connect(url: str, info: Mapping[Any, Any] | None = None) -> Database:
    """The database at `url`, as in sqlite:///var/carillon.db or postgresql://user@host/name.

    `info` is what the storage modules find in the `info` of each session.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite_engine(parsed.render_as_string(hide_password=False)), info)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return Database(
        create_engine(
            parsed,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            pool_timeout=_WAIT,
            connect_args={"connect_timeout": _CONNECT_TIMEOUT},
        ),
        info,
    )


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("DATABASE_URL: SQLite needs a file, as in sqlite:///var/carillon.db")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_timeout=_WAIT,
        connect_args={"timeout": _WAIT, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # else the driver opens transactions by itself, deferred
    cursor = connection.cursor()
    # Setting the write-ahead log waits for no lock, so ask first: only a new file needs it.
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
