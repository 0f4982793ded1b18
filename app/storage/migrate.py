"""Bring a database to the tables that this version needs. A command, never a side effect.

Alembic is imported by what needs it: a server, which only compares revisions, does not, and
saves a tenth of its memory.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from app.storage import (
    consent_tables,
    contact_tables,
    engine_schema,
    forecasts,
    hook_tables,
    hour_presets,
    import_tables,
    key_tables,
    ledgers,
    pace_tables,
    rate_counts,
    tables,
    text_tables,
    user_tables,
)
from app.storage.columns import Table
from app.storage.database import Database, Session

if TYPE_CHECKING:
    from alembic.config import Config

# Imported, so that `Table` knows them all.
_MAPPED = (
    *(consent_tables, contact_tables, forecasts, import_tables, ledgers, tables, text_tables),
    *(key_tables, user_tables, rate_counts, hook_tables, hour_presets, pace_tables),
)
_FOLDER = Path(__file__).parent / "migrations"
_VERSION = "alembic_version"  # so Alembic calls the table that it keeps the revision in
_REVISION = text(f"SELECT version_num FROM {_VERSION}")  # noqa: S608 (the constant above)


def upgrade(database: Database) -> None:
    """Apply every migration that is missing."""
    from alembic import command  # noqa: PLC0415 (see above)

    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def revise(database: Database, message: str) -> None:
    """Write the next migration from what `tables.py` has and the database has not."""
    from alembic import command  # noqa: PLC0415 (see above)

    _tell_postgresql()
    config = _config()
    heads = len(list((_FOLDER / "versions").glob("0*.py")))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True, rev_id=f"{heads + 1:04}")


def revision_of(session: Session) -> str | None:
    """The revision that the database is at; None: it was never migrated."""
    connection = session.connection()
    if not inspect(connection).has_table(_VERSION):
        return None
    found: str | None = connection.execute(_REVISION).scalar()
    return found


@cache
def newest() -> str:
    """The revision that this version needs: files are named by the revision that they lead to."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("0*.py"))


def drift(database: Database) -> list[object]:
    """Every difference between the tables as migrated and as mapped; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 (see above)
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 (see above)

    _tell_postgresql()
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": engine_schema.is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Table.metadata))


def _tell_postgresql() -> None:
    """Which rows an index has, where it has not all: as on SQLite.

    Told where an index is declared, it would have every process load the dialect of PostgreSQL.
    """
    indexes = [index for table in Table.metadata.tables.values() for index in table.indexes]
    for index in indexes:
        index.dialect_kwargs["postgresql_where"] = index.dialect_options["sqlite"]["where"]


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 (see above)

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
