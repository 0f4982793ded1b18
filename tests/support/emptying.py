"""An empty database for the next test."""

from app.storage import emptying
from app.storage.database import Database


def empty(database: Database) -> None:
    """Take all rows away."""
    with database.writing() as session:
        emptying.empty(session)
