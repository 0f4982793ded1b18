"""Statements as SQL, written once for all databases of a kind that a process of tests connects to.

SQLAlchemy keeps them for each engine. Most tests have an engine of their own, and would spend more
time on writing statements anew than on anything else.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event


class _Written(dict[tuple[Any, ...], Any]):
    """Compiled statements by what SQLAlchemy knows them by, of which the first is the dialect."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: tuple[Any, ...], statement: Any) -> None:
        super().__setitem__(_of_kind(key), statement)


def _of_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (type(dialect), dialect.server_version_info, *rest)


_written = _Written()


def share() -> None:
    """From now on."""
    event.listen(Engine, "engine_connect", _look_there)


def _look_there(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_written)
