"""The engine's tables: made once, brought along, and never mistaken for ours."""

from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager

from app.storage import engine_schema, migrate
from app.storage.database import connect


def test_making_them_again_changes_nothing(url: str) -> None:
    database = connect(url)

    version = engine_schema.upgrade(database)

    assert version == engine_schema.upgrade(database)
    with database.reading() as session:
        assert engine_schema.is_ready(session)
    assert migrate.drift(database) == []  # they are not taken for ours
    database.close()


def test_on_sqlite_there_is_nothing_to_make(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'some.db'}")

    assert engine_schema.upgrade(database) is None
    database.close()


@pytest.mark.parametrize(
    ("made_by", "first"),
    [("version 3.3.0", "03.04.00_01"), ("version 3.2.9", "03.03.00_01"), ("version 3.10.0", None)],
)
def test_an_older_version_is_brought_along_by_the_engines_own_migrations(
    made_by: str, first: str | None
) -> None:
    missing = [path.name[:11] for path in engine_schema._missing(made_by, "3.10.0")]

    assert missing[:1] == ([first] if first else [])
    assert missing == sorted(missing)


def test_tables_of_an_unknown_version_are_left_alone() -> None:
    assert engine_schema._missing("", "3.10.0") == []


def test_every_migration_of_the_engine_is_named_as_we_read_it() -> None:
    names = [path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql")]

    assert len(names) > 10
    assert all(engine_schema._numbers(name.partition("_")[0]) < (4, 0, 0) for name in names)
