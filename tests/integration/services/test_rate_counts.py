"""Counts that processes share, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.services.clock import Clock
from app.services.rate_counts import RateCounts
from app.storage.database import Database, connect
from tests.support.fakes import SettableClock

MINUTE = timedelta(minutes=1)


def test_everybody_who_counts_at_once_gets_a_number_of_their_own(
    database: Database, database_url: str
) -> None:
    another = connect(database_url)  # as another process would
    counts = [RateCounts(each, Clock(now=SettableClock())) for each in (database, another)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda place: counts[place % 2].hit("x", MINUTE), range(40)))
    another.close()

    assert sorted(each.count for each in found) == list(range(1, 41))
    assert len({each.ends_at for each in found}) == 1
    assert counts[0].count("x") == 40
    assert counts[0].count("y") == 0


def test_a_while_ends_and_what_was_counted_is_forgotten(database: Database) -> None:
    now = SettableClock()
    counts = RateCounts(database, Clock(now=now))
    counts.hit("old", MINUTE)
    assert counts.hit("x", MINUTE).ends_at == now() + MINUTE
    now.forward(59)
    assert counts.hit("x", MINUTE).count == 2
    now.forward(1)

    assert counts.count("x") == 0
    assert counts.hit("x", MINUTE).count == 1
    with database.reading() as session:
        (left,) = session.connection().exec_driver_sql("SELECT count(*) FROM rate_counts").one()
    assert left == 1  # the old one is gone


def test_nothing_tells_what_was_counted(database: Database) -> None:
    counts = RateCounts(database, Clock())
    counts.hit("password of ann", MINUTE)
    with database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM rate_counts").all()

    assert len(rows) == 1
    assert "ann" not in str(rows)
    counts.clear("password of ann")
    assert counts.count("password of ann") == 0
