"""What the address of a page asks for: texts that every database takes, and the next page."""

from collections.abc import Sequence
from typing import TypeVar

from flask import request

from app.domain.ids import is_id

SHOWN = 50
"""Rows of a page."""

_Row = TypeVar("_Row")


def asked(name: str) -> str:
    """A text of the query; empty where it is not named."""
    return request.args.get(name, "").replace("\0", "").strip()


def asked_id(name: str) -> str | None:
    """An id of the query; None where there is none."""
    given = request.args.get(name, "")
    return given if is_id(given) else None


def cut(rows: Sequence[_Row]) -> tuple[Sequence[_Row], _Row | None]:
    """At most SHOWN of them, and the last of these where there are more behind it."""
    shown = rows[:SHOWN]
    return shown, (shown[-1] if len(rows) > SHOWN else None)
