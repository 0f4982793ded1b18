"""What every test may use: databases of both kinds, empty and migrated."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import make_url, text
from xdist.remote import Producer

from app.storage import migrate
from app.storage.database import Database, connect
from tests.support import postgres, statements
from tests.support.emptying import empty
from tests.support.sharing import Sharing

_NAME = "carillon_test"

# How long an example takes says more of the machine, and of who else uses it, than of the code.
settings.register_profile("carillon", deadline=None)
settings.load_profile("carillon")


statements.share()

# Thousands of tests stay in memory until the end: whoever looks for garbage need not look at them.
gc.disable()


_PROGRAMS = ("browser", "deploy", "e2e", "faults")  # tests that start some, and wait for them


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes test: work while others wait, so that no processor ever rests.

    Those that share a browser come first, since one process has them all.
    """
    if not hasattr(config, "workerinput"):
        return
    waiting = [item for item in items if item.path.parent.name in _PROGRAMS]
    waiting.sort(key=lambda item: item.path.parent.name != "browser")
    working = [item for item in items if item.path.parent.name not in _PROGRAMS]
    items.clear()
    apart = max(1, len(working) * 3 // 4 // max(1, len(waiting)))
    for place, item in enumerate(working):
        if waiting and place % apart == 0:
            items.append(waiting.pop(0))
        items.append(item)
    items += waiting


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Who runs what."""
    return Sharing(config, log)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: faster than migrating for each test."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    database = connect(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()  # the last connection writes the log back into the file
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a migrated database on a real server."""
    try:
        with postgres.server() as server:
            _execute(server, f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)")
            _execute(server, f"CREATE DATABASE {_NAME}")
            url = make_url(server).set(database=_NAME).render_as_string(hide_password=False)
            database = connect(url)
            migrate.upgrade(database)
            database.close()
            yield url
            _execute(server, f"DROP DATABASE {_NAME} WITH (FORCE)")
    except (ImportError, OSError, RuntimeError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NO POSTGRESQL, half of the storage is untested: {error!r}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; the test runs once on each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
    else:
        yield request.getfixturevalue("emptied_postgres_url")


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """The same, connected once: to connect, and to write each statement anew, takes 30 ms."""
    connected = connect(postgres_url)
    yield connected
    connected.close()


@pytest.fixture
def emptied_postgres_url(postgres_url: str, postgres_database: Database) -> Iterator[str]:
    """The same address for each test, and nothing left of the test before."""
    yield postgres_url
    empty(postgres_database)


@pytest.fixture
def emptied_postgres(emptied_postgres_url: str, postgres_database: Database) -> Database:  # noqa: ARG001 (which empties it)
    """The same, connected, for what is about PostgreSQL alone."""
    return postgres_database


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """The same, connected."""
    if not database_url.startswith("sqlite"):
        yield request.getfixturevalue("emptied_postgres")
        return
    connected = connect(database_url)
    yield connected
    connected.close()


def _execute(url: str, statement: str) -> None:
    database = connect(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    database.close()
