"""Rows by the hundred thousand, handed to the driver itself.

SQLAlchemy spends ten times as long on a row as SQLite does. Here it only says how values are
written; the rows then go to `executemany` on SQLite and through COPY on PostgreSQL, one by one, so
that a million of them never stand in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from enum import Enum
from itertools import chain, islice, repeat
from operator import is_
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Uuid, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

_Write = Callable[[Any], Any]

_LOT = 500  # rows that stand in memory


def insert(
    session: Session, table: type[DeclarativeBase], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows that name the same columns in the same order."""
    following = iter(rows)
    first = next(following, None)
    if first is not None:
        all_rows = (tuple(row.values()) for row in chain([first], following))
        insert_values(session, table, list(first), all_rows)


def insert_values(
    session: Session,
    table: type[DeclarativeBase],
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Insert rows of values for the columns with these names."""
    connection = session.connection()
    values = _written(table, names, connection.dialect, rows)
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
    rows: Iterable[tuple[Any, ...]],
) -> Iterator[tuple[Any, ...]]:
    """The values of each row as the driver takes them, made column by column."""
    writers = [_writer(table.__table__.columns[name].type, dialect) for name in names]
    following = iter(rows)
    while lot := list(islice(following, _LOT)):
        columns = map(_column, zip(*lot, strict=True), writers)
        yield from zip(*columns, strict=True)


def _column(values: Sequence[Any], write: _Write | None) -> Iterable[Any]:
    """The values of one column; what all rows have alike, as the time, is written once."""
    first = values[0]
    if write is None:
        if not isinstance(first, Enum):
            return values
        write = _plain  # else the driver asks for each of them how it is written
    if all(map(is_, values, repeat(first))):
        return repeat(write(first), len(values))
    return map(write, values)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _writer(kind: Any, dialect: Dialect) -> _Write | None:
    """How SQLAlchemy writes values of this type; None where they are taken as they are."""
    if isinstance(kind, Uuid) and dialect.name == "postgresql":
        return None  # COPY reads the text
    write: _Write | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return write
