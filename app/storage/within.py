"""Is a column one of very many values? In one statement, whose text does not grow with them."""

import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import JSON, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session


def chosen(session: Session, column: Any, values: Collection[str]) -> list[str]:
    """Those among the values that the column holds somewhere; it should have an index."""
    if not values:
        return []
    found = session.connection().execute(
        _choosing(column, _is_sqlite(session)), {"many": many(values)}
    )
    return list(found.scalars())


def is_one(session: Session, column: Any) -> Any:
    """The condition of a statement that is run with `many` as its parameter of that name."""
    return _is_one(column, _is_sqlite(session))


def where_one(session: Session, statement: Any, column: Any) -> Any:
    """A statement that stays, with that condition; it is built once."""
    return _where_one(statement, column, _is_sqlite(session))


def many(values: Iterable[str]) -> str:
    """The values, as the parameter `many` takes them."""
    return json.dumps(list(values))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@cache
def _choosing(column: Any, is_sqlite: bool) -> Any:  # noqa: FBT001 (a dialect is one or the other)
    return select(column).where(_is_one(column, is_sqlite))


@cache
def _where_one(statement: Any, column: Any, is_sqlite: bool) -> Any:  # noqa: FBT001 (the same)
    return statement.where(_is_one(column, is_sqlite))


@cache
def _is_one(column: Any, is_sqlite: bool) -> Any:  # noqa: FBT001 (the same)
    """As JSON on both: of an array the driver asks of each value how it is written."""
    many = bindparam("many", type_=Text)
    if is_sqlite:
        each = func.json_each(many).table_valued("value").c.value
    else:
        each = func.json_array_elements_text(cast(many, JSON)).column_valued()
    return column.in_(select(each))
