"""The tables of the queue engine, which has its own way to describe and to change them.

They stand beside ours, since a campaign and its wake-up commit in one transaction. Our migrations
do not make them: those must not depend on a package that is not always there, or on its version.
"""

import re
from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.storage.database import Database

PREFIX = "procrastinate_"
_PACKAGE = "procrastinate"
_IS_THERE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
_MADE_BY = text("SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')")


def is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Of what Alembic finds in a database: is it ours, and not the engine's?"""
    table = name if kind == "table" else parents.get("table_name")
    return not (table or "").startswith(PREFIX)


def is_installed() -> bool:
    """Is the optional package there?"""
    try:
        import_module(_PACKAGE)
    except ImportError:
        return False
    return True


def is_ready(session: Session) -> bool:
    """Are the tables there?"""
    return bool(session.scalar(_IS_THERE))


def upgrade(database: Database) -> str | None:
    """Bring the engine's tables to what the installed version needs; returns that version.

    None: there is nothing to do on SQLite, or without the package. Safe to repeat.
    """
    if database.is_sqlite or not is_installed():
        return None
    version = metadata.version(_PACKAGE)
    with database.writing() as session:
        if not is_ready(session):
            _run(session, import_module("procrastinate.schema").SchemaManager.get_schema())
        else:
            for path in _missing(session.scalar(_MADE_BY) or "", version):
                _run(session, path.read_text(encoding="utf-8"))
        # The engine keeps no version of its own: ours stands where nothing else does.
        _run(session, f"COMMENT ON TABLE procrastinate_jobs IS 'version {version}'")
    return version


def _run(session: Session, statements: str) -> None:
    session.connection().exec_driver_sql(statements.replace("%", "%%"))


def _missing(made_by: str, version: str) -> list[Path]:
    """The engine's migrations from the version that made the tables to this one, in order."""
    folder = Path(import_module("procrastinate.schema").SchemaManager.get_migrations_path())
    known = _numbers(made_by)
    return [
        path
        for path in sorted(folder.glob("*.sql"))
        if known < _numbers(path.name.partition("_")[0]) <= _numbers(version)
    ]


def _numbers(version: str) -> tuple[int, ...]:
    """3.10.0, or 03.10.00 as in the name of a migration, as numbers; of nothing: those of all."""
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3]) or (_NEVER,)


_NEVER = 10**6  # tables that somebody else made, by the newest schema surely
