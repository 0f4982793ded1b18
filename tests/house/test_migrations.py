"""Migrations lead to the tables that the code knows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, make_url, text

from app.storage import migrate
from app.storage.columns import Table
from app.storage.database import Database, connect

FOLDER = Path(migrate.__file__).parent / "migrations"
NAME = "carillon_migrations"


@contextmanager
def empty_postgres(url: str) -> Iterator[str]:
    """A database on the same server with nothing in it."""
    server = connect(url)
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {NAME}"))
        yield make_url(url).set(database=NAME).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {NAME} WITH (FORCE)"))
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that was never migrated."""
    if request.param == "sqlite":
        database = connect(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
    else:
        with empty_postgres(request.getfixturevalue("postgres_url")) as url:
            database = connect(url)
            yield database
            database.close()


def test_an_empty_database_is_brought_to_what_the_code_knows(empty: Database) -> None:
    assert migrate.drift(empty) != []

    migrate.upgrade(empty)

    assert migrate.drift(empty) == []
    tables = set(inspect(empty.engine).get_table_names())
    assert tables == {*Table.metadata.tables, "alembic_version"}


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.upgrade(empty)

    with empty.reading() as session:
        assert migrate.revision_of(session) == migrate.newest()


def test_what_a_server_compares_with_is_what_alembic_would_upgrade_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.newest()]


def test_an_unmigrated_database_is_at_no_revision(empty: Database) -> None:
    with empty.reading() as session:
        assert migrate.revision_of(session) is None


def test_what_is_compared_shows_a_difference(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.writing() as session:
        session.execute(text("ALTER TABLE contacts ADD COLUMN more INTEGER"))

    assert "more" in str(migrate.drift(empty))


def test_migrations_are_numbered_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    line = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
    numbers = [f"{place:04}" for place in range(1, len(line) + 1)]
    assert [each.revision for each in line] == numbers
    assert [each.down_revision for each in line] == [None, *numbers[:-1]]
    files = sorted(path.name for path in (FOLDER / "versions").glob("*.py"))
    assert len(files) == len(line)
    for name, number in zip(files, numbers, strict=True):
        assert re.fullmatch(rf"{number}_[a-z0-9_]+\.py", name), name
