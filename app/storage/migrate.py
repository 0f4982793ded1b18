"""Bring a database to the tables that this version needs. A command, never a side effect."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.storage import consent_tables, contact_tables, ledgers, tables, text_tables
from app.storage.columns import Table
from app.storage.database import Database, Session

# Imported, so that `Table` knows them all.
_MAPPED = (consent_tables, contact_tables, ledgers, tables, text_tables)
_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Apply every migration that is missing."""
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def revise(database: Database, message: str) -> None:
    """Write the next migration from what `tables.py` has and the database has not."""
    config = _config()
    heads = len(list((_FOLDER / "versions").glob("0*.py")))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True, rev_id=f"{heads + 1:04}")


def revision_of(session: Session) -> str | None:
    """The revision that the database is at; None: it was never migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@cache
def newest() -> str:
    """The revision that this version needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def drift(database: Database) -> list[object]:
    """Every difference between the tables as migrated and as mapped; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
