"""A worker is told to stop in the middle: nothing that it had begun is left open."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.storage import engine_schema
from app.storage.database import Database, connect
from tests.support.faults import assert_truth, fresh_postgres
from tests.support.processes import Process, World, wait_for, world

RECIPIENTS = 400
OURS = ["flask", "--app", "wsgi", "worker"]
ENGINES = ["procrastinate", "--app=app.worker.engine"]  # its own command line
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
        assert Process([*ENGINES, "healthchecks"], site.environ, tmp_path / "checks.log").end() == 0
        assert stored(database, "queued") == RECIPIENTS  # to look at it starts nothing
        for place, command in enumerate((OURS, [*ENGINES, "worker"])):
            stop_midway(site, database, command, tmp_path / f"{place}.log")
        database.close()
        last = Process(OURS, site.environ, tmp_path / "last.log")
        site.wait_until_finished(campaign_id, 60)
        assert last.stop() == 0
        assert site.counts(campaign_id) == {"accepted": RECIPIENTS}
        assert_truth(site, campaign_id, numbers)


def stop_midway(site: World, database: Database, command: list[str], log: Path) -> None:
    """A worker sends some, is told to stop, and records what it has begun."""
    before = site.ledger("/summary")["accepted"]
    one = Process(command, site.environ, log)
    wait_for(lambda: site.ledger("/summary")["accepted"] > before + 40, 60)

    assert one.stop() == 0  # within STOP_TIMEOUT: `stop` waits no longer than 40 seconds

    assert "worker_ended" in one.output()
    assert stored(database, "sending") == stored(database, "in_doubt") == 0
    taken = site.ledger("/summary")["accepted"]
    assert stored(database, "accepted") == taken < RECIPIENTS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"RUNNER": "threads"}, "RUNNER: must be procrastinate"),
        ({"API_KEYS": ""}, "API_KEYS: is not set"),
    ],
)
def test_the_engines_command_line_says_what_is_wrong(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    told = {"DATABASE_URL": "postgresql://nowhere/x", "RUNNER": "procrastinate", **changes}
    log = tmp_path / "worker.log"

    assert Process([*ENGINES, "worker"], World.settings(tmp_path, **told), log).end() == 1
    assert said in log.read_text()


def stored(database: Database, status: str) -> int:
    """How many messages have it."""
    with database.reading() as session:
        counting = text("SELECT count(*) FROM messages WHERE status = :status")
        return int(session.execute(counting, {"status": status}).scalar_one())
