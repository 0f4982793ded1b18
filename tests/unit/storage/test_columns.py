"""Times are written as SQLAlchemy writes them."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from app.storage.columns import UtcDateTime

DIALECT = sqlite.dialect()
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each)))


@given(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001 (as Hypothesis asks)
def test_on_sqlite_a_time_is_the_text_that_sqlalchemy_makes_of_it(at: datetime) -> None:
    ours = UtcDateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    theirs = DateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert theirs is not None
    assert ours is not None
    assert ours(at) == theirs(at.astimezone(UTC).replace(tzinfo=None))


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001 (the same)
def test_on_sqlite_a_time_is_read_from_its_text(at: datetime) -> None:
    write = UtcDateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    read = UtcDateTime().dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert write is not None
    assert read is not None
    found = read(write(at))
    assert found == at
    assert found.tzinfo is UTC


def test_a_time_that_sqlite_wrote_itself_is_read() -> None:
    read = UtcDateTime().dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert read is not None
    assert read("2026-11-27 10:03:31") == datetime(2026, 11, 27, 10, 3, 31, tzinfo=UTC)


def test_no_time_stays_none() -> None:
    write = UtcDateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert write is not None
    assert write(None) is None
    read = UtcDateTime().dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert read is not None
    assert read(None) is None
