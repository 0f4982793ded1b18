"""The database: one engine, one way to write and one to read.

SQLite and PostgreSQL behave alike from here on. What SQLite needs for that: write-ahead log,
BEGIN IMMEDIATE (a plain BEGIN that turns into a write fails at once with "database is locked"
whatever the busy timeout), and writers of one process that queue up at a lock of ours, since
its own waiting is unfair and costs seconds under load.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from app.domain.errors import MaybeDone, TryAgain
from app.storage.bulk import USUAL_CACHE, driver_cursor

__all__ = ["AnyRow", "Connections", "Database", "Session", "connect", "driver_of"]

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are told apart by name."""

_WAIT = 10.0  # seconds for a lock, a turn or a connection: Vonage waits 15 for a webhook's answer
_CONNECT_TIMEOUT = 5  # seconds for PostgreSQL to answer the door
_PREPARED = 48  # statements that a connection to SQLite keeps: who sends and hears needs forty,
# and the usual 128 take a megabyte of each
_SILENCE = 10  # seconds after which a machine that does not answer is given up, on both sides


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections to PostgreSQL a process keeps and opens, and what lies between."""

    kept: int = 10
    more: int = 20  # while many are needed at once
    pooled: bool = False  # behind a pooler that gives out connections for one transaction each

    def arguments(self) -> dict[str, Any]:
        """What the driver is told.

        A network that was cut must not leave a lock behind that all others wait for: the server
        ends a transaction that says nothing, and both sides stop waiting for an answer. A pooler
        cannot take these for the server, and would mix up prepared statements.
        """
        told = {"connect_timeout": _CONNECT_TIMEOUT, "tcp_user_timeout": _SILENCE * 1000}
        told |= {"keepalives_idle": _SILENCE // 2, "keepalives_interval": 2, "keepalives_count": 3}
        if self.pooled:
            return {**told, "prepare_threshold": None}
        # The server does not start the first of them after statements that went in a batch
        # (seen with 18.4), so it also asks whether anybody is there.
        ends = {
            "idle_in_transaction_session_timeout": _SILENCE * 1000,
            "tcp_user_timeout": _SILENCE * 1000,
            "tcp_keepalives_idle": _SILENCE // 2,
            "tcp_keepalives_interval": 2,
            "tcp_keepalives_count": 3,
        }
        return {**told, "options": " ".join(f"-c {name}={value}" for name, value in ends.items())}

    def for_driver(self, url: str) -> dict[str, Any]:
        """The same connection for who speaks to PostgreSQL without SQLAlchemy, as keywords."""
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        return {"conninfo": plain, "kwargs": self.arguments()}


class Database:
    """Sessions on one database. Share one object among all threads of a process."""

    def __init__(self, engine: Engine, info: Mapping[Any, Any] | None = None) -> None:
        self.engine = engine
        self._info = dict(info or {})  # what storage finds in the `info` of each session
        self._reader = engine.execution_options(reading=True)
        self.is_sqlite = engine.dialect.name == "sqlite"  # one writes, others read
        self._turn: AbstractContextManager[Any] = _Turn() if self.is_sqlite else nullcontext()

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

    def watch_pool(self, tell: Callable[[int, int], None]) -> None:
        """Tell how many connections are lent, and how many there may be, whenever one goes."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        limit = pool.size() + pool._max_overflow  # noqa: SLF001 - it tells nobody else

        event.listen(pool, "checkout", lambda *_: tell(pool.checkedout(), limit))
        # Told before it is back.
        event.listen(pool, "checkin", lambda *_: tell(pool.checkedout() - 1, limit))

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


def driver_of(session: object) -> Any:
    """The driver's connection below a session, in the transaction that the session is in."""
    assert isinstance(session, Session)
    return session.connection().connection.driver_connection


def connect(
    url: str, info: Mapping[Any, Any] | None = None, connections: Connections | None = None
) -> Database:
    """The database at `url`, as in sqlite:///var/carillon.db or postgresql://user@host/name.

    `info` is what the storage modules find in the `info` of each session.
    """
    connections = connections or Connections()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite_engine(parsed.render_as_string(hide_password=False)), info)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return Database(
        create_engine(
            parsed,
            hide_parameters=True,  # else errors, and so logs, show numbers, names and texts
            pool_size=connections.kept,
            max_overflow=connections.more,
            pool_pre_ping=True,
            pool_timeout=_WAIT,
            connect_args=connections.arguments(),
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
        hide_parameters=True,  # the same
        pool_size=20,
        max_overflow=20,
        pool_timeout=_WAIT,
        pool_use_lifo=True,  # taken in turns, each would fill a cache of 2 MB with the same pages
        connect_args={
            "timeout": _WAIT,
            "check_same_thread": False,
            "cached_statements": _PREPARED,
        },
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
    cursor.execute(f"PRAGMA cache_size = -{USUAL_CACHE}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    with driver_cursor(connection) as cursor:  # SQLAlchemy's way takes as long as many a statement
        cursor.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
