"""A PostgreSQL database with the engine's tables, and houses on it."""

from collections.abc import Iterator

import pytest

from app.storage import engine_schema
from app.storage.database import connect
from tests.support.emptying import empty
from tests.support.faults import fresh_postgres
from tests.support.machines import Machines, execute

NAME = "carillon_engine"


@pytest.fixture(scope="module")
def engine_url(postgres_url: str) -> Iterator[str]:
    with fresh_postgres(postgres_url, NAME) as url:
        database = connect(url)
        engine_schema.upgrade(database)
        database.close()
        yield url


@pytest.fixture
def url(engine_url: str) -> Iterator[str]:
    """The same, with nothing in it afterwards."""
    yield engine_url
    database = connect(engine_url)
    empty(database)
    execute(database, "TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    database.close()


@pytest.fixture
def machines(url: str) -> Iterator[Machines]:
    made = Machines(url)
    yield made
    made.web.close(10)
