"""Statements of the hot paths: compiled once, then run by the driver itself.

To find a compiled statement again, and to make a context and a result for each run, SQLAlchemy
takes several times what the database does for a group of receipts. Values are written and read as
it would; who listens to statements, and errors, find all as ever.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Connection, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session

from app.storage.bulk import driver_cursor
from app.storage.columns import Id
from app.storage.pg_text import as_array

_Convert = Callable[[Any], Any] | None


class Ids(TypeDecorator[Sequence[str]]):
    """Some ids as one value: an array on PostgreSQL, a JSON list on SQLite; each told as text."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Id))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Without asking for each id how it is written."""
        return _as_json if dialect.name == "sqlite" else as_array


def _as_json(ids: Sequence[str]) -> str:
    return '["' + '","'.join(ids).replace("-", "") + '"]' if ids else "[]"


class is_among(ColumnElement[bool]):  # noqa: N801 (stands in statements, as SQLAlchemy's own do)
    """This column of ids has one of those that are named so: a text that is the same for all."""

    inherit_cache = False  # whoever is compiled once needs none

    def __init__(self, column: Any, name: str) -> None:
        self.column = column
        self.ids = bindparam(name, type_=Ids)


@compiles(is_among, "sqlite")
def _among_json(element: is_among, compiler: Any, **told: Any) -> str:
    column, ids = (compiler.process(each, **told) for each in (element.column, element.ids))
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 (a value of its own)


@compiles(is_among, "postgresql")
def _among_array(element: is_among, compiler: Any, **told: Any) -> str:
    column, ids = (compiler.process(each, **told) for each in (element.column, element.ids))
    return f"{column} = ANY ({ids})"


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver of one database takes it."""

    text: str
    writes: Sequence[tuple[str, _Convert]]  # its values in their order, and how each is written
    fixed: Mapping[str, Any]  # those that stand in the statement itself
    row: Callable[[Iterable[Any]], Any]
    reads: Sequence[tuple[int, Callable[[Any], Any]]]  # places of values that are converted
    is_positional: bool

    def read(self, found: Iterable[Any]) -> Any:
        """A row as the driver brings it, as a named tuple."""
        values = list(found)
        for place, convert in self.reads:
            values[place] = convert(values[place])
        return self.row(values)

    def values(self, told: Mapping[str, Any]) -> Any:
        """What the driver is given."""
        if self.fixed:
            told = {**self.fixed, **told}
        if self.is_positional:
            return tuple(
                [write(told[name]) if write else told[name] for name, write in self.writes]
            )
        return {name: write(told[name]) if write else told[name] for name, write in self.writes}


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement, or what makes one for the name of a dialect; compiled when first run."""

    statement: Any
    names: Sequence[str] = ()  # of columns, where it inserts rows
    _compiled: dict[str, _Compiled] = field(default_factory=dict)

    def rows(self, session: Session, **told: Any) -> list[Any]:
        """All that it finds, as named tuples."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        values = compiled.values(told)
        with driver_cursor(connection) as cursor:
            with _announced(connection, cursor, compiled.text, values, is_many=False):
                cursor.execute(compiled.text, values)
            found = cursor.fetchall()
        return [compiled.read(row) for row in found]

    def run(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of these, of which there is at least one."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        values = [*map(compiled.values, rows)]
        with (
            driver_cursor(connection) as cursor,
            _announced(connection, cursor, compiled.text, values, is_many=True),
        ):
            cursor.executemany(compiled.text, values)

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = self.statement(dialect.name) if callable(self.statement) else self.statement
        told = made.compile(dialect=dialect, column_keys=list(self.names) or None)
        names = told.positiontup or list(told.bind_names.values())
        columns = [] if self.names else list(getattr(made, "exported_columns", ()))
        return _Compiled(
            text=told.string,
            writes=[
                (name, _kind(told.binds[name], dialect).bind_processor(dialect)) for name in names
            ],
            fixed={name: value for name, value in told.params.items() if value is not None},
            row=_row_of([each.key for each in columns]),
            reads=[
                (place, convert)
                for place, each in enumerate(columns)
                if (convert := _kind(each, dialect).result_processor(dialect, None))
            ],
            is_positional=told.positional,
        )


def _row_of(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    make: Any = namedtuple  # noqa: PYI024 (its names are the statement's)
    return cast("Callable[[Iterable[Any]], Any]", make("Row", names)._make)


def _kind(told: Any, dialect: Dialect) -> Any:
    """The type of a value or of a column, as this database has it."""
    return told.type.dialect_impl(dialect)


@contextmanager
def _announced(
    connection: Connection, cursor: Any, text: str, values: Any, *, is_many: bool
) -> Iterator[None]:
    """Tell those who listen to all statements of an engine; they may keep things in a context."""
    context = SimpleNamespace(dialect=connection.dialect)
    told = (connection, cursor, text, values, context, is_many)
    listeners: Any = connection.engine.dispatch
    listeners.before_cursor_execute(*told)
    yield
    listeners.after_cursor_execute(*told)
