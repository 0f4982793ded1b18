"""Insert or do something else: the one statement that both databases have, under two names."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert(session: Session, table: type[DeclarativeBase]) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`.

    The two dialects give it the same methods and share no type, hence Any.
    """
    return _insert(session.get_bind().dialect.name, table)


@cache
def _insert(dialect: str, table: type[DeclarativeBase]) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
