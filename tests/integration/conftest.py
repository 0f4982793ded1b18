"""A desk for every test that needs one."""

from collections.abc import Iterator

import pytest

from app.storage.database import Database
from tests.support.desk import Desk


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """Services on a real database; afterwards the kept counts must be right."""
    made = Desk(database)
    yield made
    made.check_counts()
