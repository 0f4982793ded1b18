"""Rows by the hundred thousand, handed to the driver itself.

SQLAlchemy spends ten times as long on a row as SQLite does. Here it only says how values are
written; the rows then go to `executemany` on SQLite and through COPY on PostgreSQL, one by one, so
that a million of them never stand in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Uuid, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

_Write = Callable[[Any], Any]


def insert(
    session: Session, table: type[DeclarativeBase], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows that name the same columns in the same order."""
    following = iter(rows)
    first = next(following, None)
    if first is None:
        return
    connection = session.connection()
    names = list(first)
    values = _written(table, names, connection.dialect, chain([first], following))
    quoted = map(connection.dialect.identifier_preparer.quote, names)  # "to" is a word of SQL's own
    into = f"{table.__tablename__} ({', '.join(quoted)})"
    with (
        _errors_as_usual(connection),
        closing(cast("Any", connection.connection.cursor())) as cursor,
    ):
        if connection.dialect.name == "sqlite":
            places = ", ".join("?" * len(names))
            with _room_for_indexes(session, cursor):
                cursor.executemany(f"INSERT INTO {into} VALUES ({places})", values)  # noqa: S608 (names of ours)
        else:
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)


@contextmanager
def _errors_as_usual(connection: Connection) -> Iterator[None]:
    """The driver's errors as SQLAlchemy's, as they come from everywhere else."""
    dialect = connection.dialect
    kinds = dialect.loaded_dbapi.Error
    try:
        yield
    except kinds as error:
        is_gone = dialect.is_disconnect(error, cast("Any", connection.connection), None)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            *(None, None, error, kinds), connection_invalidated=is_gone, dialect=dialect
        ) from error


@contextmanager
def _room_for_indexes(session: Session, cursor: Any) -> Iterator[None]:
    """With SQLite's 2 MB, numbers in no order push pages of indexes out again and again."""
    cursor.execute("PRAGMA cache_size = -32000")
    yield
    cursor.execute("PRAGMA cache_size = -2000")
    raw = cursor.connection

    def give_back(*_: object) -> None:
        raw.execute("PRAGMA shrink_memory")

    event.listen(session, "after_transaction_end", give_back, once=True)


def _written(
    table: type[DeclarativeBase],
    names: Sequence[str],
    dialect: Dialect,
    rows: Iterable[Mapping[str, Any]],
) -> Iterator[list[Any]]:
    """The values of each row as the driver takes them."""
    writers = [
        (place, _remembering(write))
        for place, name in enumerate(names)
        if (write := _writer(table.__table__.columns[name].type, dialect))
    ]
    for row in rows:
        values = list(row.values())
        for place, write in writers:
            values[place] = write(values[place])
        yield values


def _writer(kind: Any, dialect: Dialect) -> _Write | None:
    """How SQLAlchemy writes values of this type; None where they are taken as they are."""
    if isinstance(kind, Uuid) and dialect.name == "postgresql":
        return None  # COPY reads the text
    write: _Write | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return write


def _remembering(write: _Write) -> _Write:
    """The same; of what comes row after row, as the time of all of them, it is done once."""
    last, written = None, write(None)

    def remembering(value: Any) -> Any:
        nonlocal last, written
        if value is not last:
            last, written = value, write(value)
        return written

    return remembering
