"""Rows by the hundred thousand, handed to the driver itself.

SQLAlchemy spends ten times as long on a row as SQLite does. Here it only says how values are
written; the rows then go through COPY on PostgreSQL and by the lot on SQLite, so that a million of
them never stand in memory. A lot tells SQLite once what its rows have alike, and the rest as JSON:
to hand over each value of each row takes it half as long again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from enum import Enum
from functools import lru_cache, partial
from itertools import chain, count, repeat
from operator import is_
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Dialect, Uuid, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from app.domain.lots import SIZE, lots
from app.storage import pg_text
from app.storage.beside import nothing, write_each

_Write = Callable[[Any], Any]

USUAL_CACHE = 500
"""KiB of pages that a connection to SQLite keeps, a quarter of its default. What is asked for again
is in the system's memory as well, and a process has several connections: three megabytes less, and
sends, receipts and pages of the dashboard take no longer."""

_PAGES_IN_LOG = 1000  # from so many on a commit copies them: SQLite's own default
_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


class Lot(NamedTuple):
    """Some rows by their columns; one that all rows have alike is a `repeat`."""

    size: int
    columns: Sequence[Iterable[Any]]


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
    between: Callable[[], object] = nothing,
) -> None:
    """Insert rows of values for the columns with these names.

    They are made while others are written: whoever makes them may use the session in `between`
    alone, which is called after some were made.
    """
    connection = session.connection()
    all_lots = map(_told_once, told(table, names, connection.dialect, rows))
    quoted = map(connection.dialect.identifier_preparer.quote, names)  # "to" is a word of SQL's own
    into = f"{table.__tablename__} ({', '.join(quoted)})"
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            write = partial(_insert_lot, cursor, into)
            with _room_for_indexes(session, cursor):
                write_each(all_lots, write, is_last=_is_last, between=between)
        else:
            # Its server takes longer to write a lot than it takes here to make the text of another.
            texts = ((lot.size, pg_text.as_rows(*lot)) for lot in all_lots)
            write = partial(_copy, cursor, into)
            write_each(texts, write, is_last=_is_last, between=between)


def _is_last(made: tuple[int, Any]) -> bool:
    return made[0] < SIZE


def _insert_lot(cursor: Any, into: str, lot: Lot) -> None:
    """One statement for a lot."""
    rows, parameters = as_table(lot)
    cursor.execute(f"INSERT INTO {into} {rows}", parameters)


def _copy(cursor: Any, into: str, rows: tuple[int, str]) -> None:
    """The same on PostgreSQL."""
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        copy.write(rows[1])


def as_table(lot: Lot, names: Sequence[str] = ()) -> tuple[str, tuple[Any, ...]]:
    """A SELECT of these rows for SQLite, and its parameters; texts have no NUL, at which they end.

    `names` are for its columns.
    """
    alike = [next(each) for each in lot.columns if isinstance(each, repeat)]
    others = [each for each in lot.columns if not isinstance(each, repeat)]
    place = count()
    values = [
        "?" if isinstance(each, repeat) else f"json_extract(value, '$[{next(place)}]')"
        for each in lot.columns
    ]
    if names:
        values = [f"{value} AS {name}" for value, name in zip(values, names, strict=True)]
    rows = _as_json([*zip(*others, strict=True)] or [()] * lot.size)
    return f"SELECT {', '.join(values)} FROM json_each(?)", (*alike, rows)  # noqa: S608 (names of ours)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's own; its errors come as SQLAlchemy's, as from everywhere else."""
    dialect = connection.dialect
    kinds = dialect.loaded_dbapi.Error
    try:
        with closing(cast("Any", connection.connection.cursor())) as cursor:
            yield cursor
    except kinds as error:
        is_gone = dialect.is_disconnect(error, cast("Any", connection.connection), None)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            *(None, None, error, kinds), connection_invalidated=is_gone, dialect=dialect
        ) from error


@contextmanager
def _room_for_indexes(session: Session, cursor: Any) -> Iterator[None]:
    """With the usual cache, numbers in no order push pages of indexes out again and again.

    The commit leaves what was written in the log, where it is safe. To copy it into the file as
    well is for the next commit, so that whoever waits for this one is answered before.
    """
    raw = cursor.connection

    def give_back(*_: object) -> None:
        raw.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_IN_LOG}")
        raw.execute("PRAGMA shrink_memory")

    event.listen(session, "after_transaction_end", give_back, once=True)
    cursor.execute("PRAGMA wal_autocheckpoint = 0")
    cursor.execute("PRAGMA cache_size = -32000")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA cache_size = -{USUAL_CACHE}")


def told(
    table: type[DeclarativeBase],
    names: Sequence[str],
    dialect: Dialect,
    rows: Iterable[tuple[Any, ...]],
) -> Iterator[Lot]:
    """The values as the driver takes them, made column by column."""
    writers = _writers(table, tuple(names), dialect)
    for lot in lots(rows):
        yield Lot(len(lot), [*map(_column, zip(*lot, strict=True), writers)])


def _column(values: Sequence[Any], write: _Write | None) -> Iterable[Any]:
    """The values of one column; what all rows have alike, as the time, is written once."""
    first = values[0]
    if write is None:
        if not isinstance(first, Enum):
            return values
        write = _plain  # else the driver asks for each of them how it is written
    if _is_alike(values):
        return repeat(write(first), len(values))
    return map(write, values)


def _is_alike(values: Sequence[Any]) -> bool:
    return all(map(is_, values, repeat(values[0])))


def _told_once(lot: Lot) -> Lot:
    """Also what was taken as it is, where there are enough rows to pay for a text of their own."""
    return Lot(lot.size, [*map(_once, lot.columns)])


def _once(column: Iterable[Any]) -> Iterable[Any]:
    if isinstance(column, tuple) and _is_alike(column):
        return repeat(column[0], len(column))
    return column


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


@lru_cache(maxsize=64)
def _writers(
    table: type[DeclarativeBase], names: tuple[str, ...], dialect: Dialect
) -> Sequence[_Write | None]:
    """For each of these columns; who stores one row at a time would look longer than write."""
    return [_writer(table.__table__.columns[name].type, dialect) for name in names]


def _writer(kind: Any, dialect: Dialect) -> _Write | None:
    """How SQLAlchemy writes values of this type; None where they are taken as they are."""
    if isinstance(kind, Uuid) and dialect.name == "postgresql":
        return None  # COPY reads the text
    write: _Write | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return write
