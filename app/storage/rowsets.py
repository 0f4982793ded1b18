"""Many rows in one statement: they are handed over as a table, which is joined to ours.

A driver that is given them one by one spends longer on each than the database does.
"""

from collections.abc import Iterable, Sequence
from functools import cache, partial
from itertools import repeat
from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.orm import DeclarativeBase, Session

from app.storage.bulk import Lot, as_table, driver_cursor, told
from app.storage.columns import read_id
from app.storage.pg_text import as_array

Rows = Iterable[tuple[Any, ...]]


def update_where(
    session: Session,
    table: type[DeclarativeBase],
    names: Sequence[str],
    rows: Rows,
    condition: str,
) -> list[str]:
    """Set columns where SQL of ours holds; returns the ids of what was changed.

    Of each row the first value is the id, the others are what is new. Rows are changed in any
    order: on PostgreSQL whoever calls this holds them already.
    """
    key, *others = names
    changes = ", ".join(f"{name} = given.{name}" for name in others)
    target = table.__tablename__
    statement = (
        f"UPDATE {target} SET {changes} FROM ({{}}) AS given"  # noqa: S608 (names of ours)
        f" WHERE {target}.{key} = given.{key} AND {condition} RETURNING {target}.{key}"
    )
    return [read_id(row[0]) for row in _each_lot(session, table, names, rows, statement)]


def upsert(
    session: Session, table: type[DeclarativeBase], names: Sequence[str], rows: Rows, conflict: str
) -> None:
    """Insert rows; `conflict` is SQL of ours for what both databases do where they are there."""
    _each_lot(session, table, names, rows, f"{_insert(table, names)} ON CONFLICT {conflict}")


def insert_new(
    session: Session, table: type[DeclarativeBase], names: Sequence[str], rows: Rows
) -> list[str]:
    """Insert, in this order, what breaks no rule of the table; the ids of what was new."""
    statement = f"{_insert(table, names)} ON CONFLICT DO NOTHING RETURNING id"
    return [read_id(row[0]) for row in _each_lot(session, table, names, rows, statement)]


def _insert(table: type[DeclarativeBase], names: Sequence[str]) -> str:
    """Without the WHERE SQLite would take an ON that follows for a join's."""
    into = f"INSERT INTO {table.__tablename__} ({', '.join(names)})"
    return f"{into} SELECT * FROM ({{}}) AS given WHERE true"  # noqa: S608 (names of ours)


def _each_lot(
    session: Session, table: type[DeclarativeBase], names: Sequence[str], rows: Rows, statement: str
) -> list[Any]:
    """What the statement returns, if it returns something."""
    returned: list[Any] = []
    connection = session.connection()
    dialect = connection.dialect
    with driver_cursor(connection) as cursor:
        for lot in told(table, names, dialect, rows):
            make = as_table if dialect.name == "sqlite" else partial(_as_arrays, table, dialect)
            given, parameters = make(lot, names)
            cursor.execute(statement.format(given), parameters)
            returned += cursor.fetchall() if cursor.description else ()
    return returned


def _as_arrays(
    table: type[DeclarativeBase], dialect: Dialect, lot: Lot, names: Sequence[str]
) -> tuple[str, tuple[Any, ...]]:
    """The same for PostgreSQL: an array for each column, but not for what all rows have alike."""
    alike = tuple(
        isinstance(each, repeat) and name != names[0]
        for name, each in zip(names, lot.columns, strict=True)
    )
    one = [next(iter(each)) for each, is_one in zip(lot.columns, alike, strict=True) if is_one]
    arrays = [as_array(each) for each, is_one in zip(lot.columns, alike, strict=True) if not is_one]
    return _select(table, tuple(names), alike, dialect), (*one, *arrays)


@cache
def _select(
    table: type[DeclarativeBase], names: tuple[str, ...], alike: tuple[bool, ...], dialect: Dialect
) -> str:
    kinds = [_kind(table.__table__.columns[name].type, dialect) for name in names]
    told = list(zip(names, kinds, alike, strict=True))
    values = ", ".join(f"%s::{kind} AS {name}" if is_one else name for name, kind, is_one in told)
    arrays = ", ".join(f"%s::{kind}[]" for _, kind, is_one in told if not is_one)
    theirs = ", ".join(name for name, _, is_one in told if not is_one)
    return f"SELECT {values} FROM unnest({arrays}) AS rows ({theirs})"  # noqa: S608 (names of ours)


def _kind(kind: Any, dialect: Dialect) -> str:
    """Text without a limit: a cast to one would cut what is too long, which must fail."""
    inner = kind.dialect_impl(dialect)
    return "text" if isinstance(inner, String) else str(inner.compile(dialect))
