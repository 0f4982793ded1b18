"""Rows as PostgreSQL's COPY takes them in its text format.

The driver asks of each value of each row how it is written. Here that is asked once for what all
rows of a lot have alike, and texts are looked through by the column.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from psycopg.adapt import PyFormat, Transformer

_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def copy_lot(cursor: Any, into: str, size: int, columns: Sequence[Iterable[Any]]) -> None:
    """Insert so many rows, given by their columns."""
    written = [_written(each, size) for each in columns]
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        copy.write("".join([f"{row}\n" for row in map("\t".join, zip(*written, strict=True))]))


def _written(column: Iterable[Any], size: int) -> Iterable[str]:
    if isinstance(column, repeat):
        return repeat(_field(next(column)), size)
    values = [*column]
    return values if _is_plain(values) else map(_field, values)


def _is_plain(values: Sequence[Any]) -> bool:
    """Are all of them texts, and is there nothing in them to escape?"""
    if not all(value.__class__ is str for value in values):
        return False
    text = "".join(values)
    return text == text.translate(_ESCAPES)


def _field(value: Any) -> str:
    """https://www.postgresql.org/docs/current/sql-copy.html, text format."""
    if value is None:
        return _NULL
    text = value if value.__class__ is str else _as_text(value)
    return text.translate(_ESCAPES)


def _as_text(value: Any) -> str:
    """What the driver makes of a value that is no text."""
    if value.__class__ is int:
        return str(value)
    told = Transformer().get_dumper(value, PyFormat.TEXT).dump(value)
    return _NULL if told is None else bytes(told).decode()
