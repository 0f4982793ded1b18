"""How work grows: claims over ever more rows, sends over ever more workers, and what is archived.

    python -m bench.scale [--rows 100000,1000000] [--workers 1,2,4] [--recipients 4000]

It brings a PostgreSQL of its own, which commits without waiting for the disk.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.domain.campaign import CampaignOrder
from app.domain.policy import NO_BRAKE
from app.domain.template import read_template
from app.sending.loops import Loop, Work
from app.sending.runners import Crew, ThreadRunner
from app.services.archive import Archive
from app.services.campaigns import Campaigns
from app.services.clock import Clock
from app.storage import engine_schema, migrate
from app.storage.database import Database, connect
from app.storage.outbox import SqlOutbox
from bench.send import post
from bench.service import running, wait_for
from tests.support.postgres import own_server

_SENDER = "+15550000001"
_ROOM, _CLAIMED, _TIMES = 64, 6_400, 5
_LATENCY = 0.05  # seconds
# Copies of a message that was sent, of a campaign of their own: what is there after a year.
_CAMPAIGN = text(
    "INSERT INTO campaigns SELECT (jsonb_populate_record(c, jsonb_build_object("
    "'id', gen_random_uuid(), 'status', 'finished', 'finished_at', now() - interval '1 year'))).*"
    " FROM campaigns c LIMIT 1 RETURNING id"
)
_MESSAGES = text(
    "INSERT INTO messages SELECT (jsonb_populate_record(m, jsonb_build_object("
    "'id', gen_random_uuid(), 'campaign_id', :campaign, 'number', '+1' || (2000000000 + n)::text,"
    "'status', 'delivered', 'message_uuid', gen_random_uuid()::text))).*"
    " FROM messages m, generate_series(1, :rows) n WHERE m.id = (SELECT id FROM messages LIMIT 1)"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="100000,1000000", help="10000000 takes an hour")
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--recipients", type=int, default=4_000)
    wish = parser.parse_args()
    with own_server() as server:
        database = connect(server.url)
        migrate.upgrade(database)
        engine_schema.upgrade(database)
        for workers in map(int, wish.workers.split(",")):
            _sends(server.url, database, workers, wish.recipients)
        first = 0.0
        for rows in map(int, wish.rows.split(",")):
            rate = _claims(database, rows)
            first = first or rate
            print(f"{rows:>10} rows: {rate:,.0f} messages claimed a second ({rate / first:.0%})")
        _archived(database)
        database.close()


def _sends(url: str, database: Database, workers: int, recipients: int) -> None:
    """One campaign through so many worker processes."""
    changes = {"RUNNER": "procrastinate", "WEB_DISPATCH": "off", "SEND_THREADS": "64"}
    with running(_LATENCY, url, WEB_CONCURRENCY="1", QUIET_HOURS="off", **changes) as service:
        service.add_workers(workers)
        post(service, 64, first=15_559_900_000)
        wait_for(lambda: service.taken()["count"] == 64, 60)  # noqa: PLR2004 (those of the line above)
        waits = _LockWaits(database)
        cpu, began = service.cpu(), time.time()
        post(service, recipients, first=15_551_000_000)
        wait_for(lambda: service.taken()["count"] == recipients + 64, 600, pause=0.05)
        rate = recipients / (service.taken()["last"] - began)
        cpu = (service.cpu() - cpu) / recipients * 1_000
        print(f"{workers} workers: {rate:,.0f} sends/s, {cpu:.2f} s CPU per 1,000; {waits.end()}")
    with database.writing() as session:
        session.execute(text("TRUNCATE campaigns, procrastinate_jobs CASCADE"))


class _LockWaits:
    """Looks a hundred times a second who waits for whose lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: Counter[str] = Counter()
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> str:
        self._over.set()
        self._thread.join()
        told = ", ".join(f"{what} {n / self._looks:.2f}" for what, n in self._seen.most_common(3))
        return f"waiting for locks on average: {told or 'nobody'}"

    def _look(self) -> None:
        waiting = text(
            "SELECT query FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while not self._over.wait(0.01):
            self._looks += 1
            with self._database.reading() as session:
                self._seen.update(_table_of(query) for query in session.scalars(waiting))


def _table_of(query: str) -> str:
    names = ("message_counts", "senders", "campaigns", "messages", "heartbeats")
    return next((name for name in names if name in query), query[:40])


def _claims(database: Database, rows: int) -> float:
    """Messages claimed a second, beside so many that are done: the median of some turns."""
    campaigns = Campaigns(database, _nobody_sends(), Clock(), default_rate=100_000)
    _launch(campaigns, 1)
    _fill(database, rows)
    rates = []
    for turn in range(_TIMES):
        _launch(campaigns, _CLAIMED, first=turn * _CLAIMED)
        rates.append(_claim_all(database))
    return statistics.median(rates)


def _claim_all(database: Database) -> float:
    outbox = SqlOutbox(database, 100_000, timedelta(seconds=60))
    taken, began = 0, time.perf_counter()
    while taken < _CLAIMED:
        taken += len(outbox.claim(_ROOM, datetime.now(UTC)).messages)
    return taken / (time.perf_counter() - began)


def _fill(database: Database, rows: int) -> None:
    with database.writing() as session:
        there = session.execute(text("SELECT count(*) FROM messages")).scalar_one()
        campaign = session.execute(_CAMPAIGN).scalar_one()
        session.execute(_MESSAGES, {"rows": max(0, rows - there), "campaign": campaign})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE messages"))


def _launch(campaigns: Campaigns, count: int, first: int = 0) -> None:
    people = [f"+1415{5_000_000 + first + place}" for place in range(count)]
    template = read_template("Hello")
    order: dict[str, Any] = {"policy": NO_BRAKE, "allow_duplicate": True}
    campaigns.launch(CampaignOrder(people, template, _SENDER, **order))


def _archived(database: Database) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.jsonl.gz"
        began = time.perf_counter()
        done = Archive(database, Clock()).move(datetime.now(UTC) - timedelta(days=100), path)
        seconds = time.perf_counter() - began
        size = path.stat().st_size / max(1, done.messages)
        rate = done.messages / seconds
        print(f"archived {done.messages} messages, {rate:,.0f} a second, {size:.0f} bytes each")


def _nobody_sends() -> ThreadRunner:
    return ThreadRunner(Crew(Loop("none", _none), is_resting=True))


def _none() -> Work:
    raise NotImplementedError  # a crew that rests makes none


if __name__ == "__main__":
    main()
