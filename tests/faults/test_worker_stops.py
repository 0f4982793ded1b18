"""A worker is told to stop in the middle: nothing that it had begun is left open."""

from pathlib import Path

from sqlalchemy import text

from app.storage import engine_schema
from app.storage.database import Database, connect
from tests.support.faults import assert_truth, fresh_postgres
from tests.support.processes import Process, World, wait_for, world

RECIPIENTS = 300
STOP_TIMEOUT = 10  # seconds


def test_a_worker_that_is_told_to_stop_leaves_nothing_open(
    postgres_url: str, tmp_path: Path
) -> None:
    numbers = [f"+1555750{place:04}" for place in range(RECIPIENTS)]  # no receipts
    with (
        fresh_postgres(postgres_url, "worker_stops") as url,
        world(
            url,
            tmp_path,
            WEB_DISPATCH="off",
            WEB_CONCURRENCY="1",
            RUNNER="procrastinate",
            STOP_TIMEOUT=str(STOP_TIMEOUT),
        ) as site,
    ):
        database = connect(url)
        engine_schema.upgrade(database)
        assert site.get("/health/ready")["checks"]["dispatcher"] == "left to workers"
        site.conditions(latency_ms=200)
        campaign_id = site.send(numbers)
        first = worker(site, tmp_path / "first.log")
        wait_for(lambda: site.ledger("/summary")["accepted"] > 40, 30)

        assert first.stop() == 0  # within STOP_TIMEOUT: `stop` waits no longer than 40 seconds

        assert "worker_ended" in first.output()
        assert stored(database, "sending") == stored(database, "in_doubt") == 0
        taken = site.ledger("/summary")["accepted"]
        assert stored(database, "accepted") == taken < RECIPIENTS
        database.close()
        second = worker(site, tmp_path / "second.log")
        site.wait_until_finished(campaign_id, 60)
        assert second.stop() == 0
        assert site.counts(campaign_id) == {"accepted": RECIPIENTS}
        assert_truth(site, campaign_id, numbers)


def worker(site: World, log: Path) -> Process:
    return Process(["flask", "--app", "wsgi", "worker"], site.environ, log)


def stored(database: Database, status: str) -> int:
    """How many messages have it."""
    with database.reading() as session:
        counting = text("SELECT count(*) FROM messages WHERE status = :status")
        return int(session.execute(counting, {"status": status}).scalar_one())
