"""What is written as text for PostgreSQL is what its driver would have sent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.storage import bulk, pg_text
from app.storage.database import Database

TEXTS = [
    None,
    "",
    "NULL",
    "null",
    "{}",
    "a,b",
    'say "so"',
    "\\",
    "\\N",
    "\\.",
    "\t\r\n\v\b",
    " – 😀 ",
]
VALUES: list[tuple[str, list[Any]]] = [
    ("text", TEXTS),
    ("bigint", [0, -1, None, 2**62]),
    ("timestamptz", [datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC), None]),
    ("boolean", [True, False, None]),
    ("numeric", [Decimal("1.50"), Decimal(-3)]),
    ("double precision", [1.5, 1e300, None]),
]

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.parametrize(("kind", "values"), VALUES)
def test_an_array_reads_as_what_was_written(
    database: Database, kind: str, values: list[Any]
) -> None:
    with (
        database.reading() as session,
        bulk.driver_cursor(session.connection()) as cursor,
    ):
        cursor.execute(f"SELECT %s::{kind}[]", (pg_text.as_array(values),))
        assert cursor.fetchone()[0] == values


@pytest.mark.parametrize(("kind", "values"), VALUES)
def test_rows_read_as_what_was_written(database: Database, kind: str, values: list[Any]) -> None:
    with database.writing() as session, bulk.driver_cursor(session.connection()) as cursor:
        session.execute(
            text(f"CREATE TEMPORARY TABLE told (place bigint, value {kind}) ON COMMIT DROP")
        )
        places = range(len(values))
        with cursor.copy("COPY told (place, value) FROM STDIN") as copy:
            copy.write(pg_text.as_rows(len(values), [places, tuple(values)]))
        cursor.execute("SELECT value FROM told ORDER BY place")
        assert [row[0] for row in cursor.fetchall()] == values
