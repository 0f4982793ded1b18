"""Values as PostgreSQL's text formats have them: rows for COPY, and arrays.

The driver asks of each value of each row how it is written. Here that is asked once for what all
rows of a lot have alike, and texts are looked through by the column.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_IN_QUOTES = str.maketrans({"\\": r"\\", '"': r"\""})


def as_rows(size: int, columns: Sequence[Iterable[Any]]) -> str:
    """So many rows, given by their columns, as COPY reads them.

    Format: https://www.postgresql.org/docs/current/sql-copy.html
    """
    written = [_written(each, size) for each in columns]
    return "".join([f"{row}\n" for row in map("\t".join, zip(*written, strict=True))])


def as_array(values: Iterable[Any]) -> str:
    """Format: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    return f"{{{','.join(map(_item, values))}}}"


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
    text = _text(value)
    return _NULL if text is None else text.translate(_ESCAPES)


def _item(value: Any) -> str:
    text = _text(value)
    return "NULL" if text is None else f'"{text.translate(_IN_QUOTES)}"'


def _text(value: Any) -> str | None:
    """What the driver makes of a value."""
    if value is None:
        return None
    write = _WRITERS.get(value.__class__, _by_driver)
    return write(value)


def _by_driver(value: Any) -> str | None:
    from psycopg.adapt import PyFormat, Transformer  # noqa: PLC0415 (where SQLite is used, never)

    told = Transformer().get_dumper(value, PyFormat.TEXT).dump(value)
    return None if told is None else bytes(told).decode()


_WRITERS: dict[type, Callable[[Any], str | None]] = {str: str, int: str, datetime: str}
"""Those of the driver that are no more than this; to ask it takes longer than to write."""
