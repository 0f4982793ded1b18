"""Is a column one of very many values? In one statement, whose text does not grow with them."""

import json
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session


def chosen(session: Session, column: Any, values: Collection[str]) -> list[str]:
    """Those among the values that the column holds somewhere; it should have an index."""
    if not values:
        return []
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    many = json.dumps(list(values)) if is_sqlite else list(values)
    found = session.connection().execute(_statement(column, is_sqlite), {"many": many})
    return list(found.scalars())


@cache
def _statement(column: Any, is_sqlite: bool) -> Any:  # noqa: FBT001 (a dialect is one or the other)
    if is_sqlite:
        each = func.json_each(bindparam("many")).table_valued("value")
        return select(column).where(column.in_(select(each.c.value)))
    return select(column).where(column == any_(cast(bindparam("many"), ARRAY(Text))))
