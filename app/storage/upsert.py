"""Insert or do something else: the one statement that both databases have, under two names."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from app.storage.ready import Ready


def insert(session: Session, table: type[DeclarativeBase]) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`.

    The two dialects give it the same methods and share no type, hence Any.
    """
    return _insert(session.get_bind().dialect.name, table)


@cache
def _insert(dialect: str, table: type[DeclarativeBase]) -> Any:
    if dialect == "sqlite":
        return insert_in_sqlite(table)
    # Who is on SQLite does without it, which takes three megabytes.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (see above)

    return postgresql.insert(table)


def adding(table: type[DeclarativeBase], sums: Sequence[str]) -> Ready:
    """A statement that inserts a row, or adds these columns to the row with its primary key."""
    columns = table.__table__.columns

    def make(dialect: str) -> Any:
        statement = _insert(dialect, table)
        grown = {name: columns[name] + statement.excluded[name] for name in sums}
        key = [each.name for each in table.__table__.primary_key]
        return statement.on_conflict_do_update(index_elements=key, set_=grown)

    return Ready(make, columns.keys())
