"""How work grows: sends over ever more workers, claims over ever more rows, what a message costs.

    python -m bench.scale [--workers 1,2,4] [--rows 100000,1000000] [--runs 3] [--recipients 4000]

It brings a PostgreSQL of its own, which commits without waiting for the disk. Whatever is compared
is measured in turns, one after the other and again, so that a machine that others use is as slow
to all of them; medians count, and the load of the machine is printed beside each.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from app.services.archive import Archive
from app.services.clock import Clock
from app.storage import engine_schema, migrate
from app.storage.database import Database, connect
from bench import growth, receipts
from bench.send import post
from bench.service import Service, running, wait_for
from tests.support.postgres import own_server

_LATENCY = 0.05  # seconds
_WARMED = 64  # messages
_WORTH = 0.05  # processes that wait on average, to be told
_EMPTY = text("TRUNCATE campaigns, procrastinate_jobs CASCADE")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--rows", default="100000,1000000", help="10000000 takes half an hour")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--recipients", type=int, default=4_000)
    parser.add_argument("--only", default="sends,costs,claims")
    wish = parser.parse_args()
    with own_server() as server:
        database = connect(server.url)
        migrate.upgrade(database)
        engine_schema.upgrade(database)
        if "sends" in wish.only:
            counts = [int(each) for each in wish.workers.split(",")]
            _sends(server.url, database, counts, wish.runs, wish.recipients)
        if "costs" in wish.only:
            receipts.measure(server.url, database, wish.recipients)
            _forget(database)
        if "claims" in wish.only:
            rows = [int(each) for each in wish.rows.split(",")]
            with growth.databases(server.url, rows) as grown:
                growth.measure(grown)
                _archived(grown[rows[0]])
        database.close()


@dataclass(frozen=True, slots=True)
class Sent:
    """One campaign through so many workers."""

    rate: float  # messages a second
    cpu: float  # seconds for 1,000, of web and workers
    database: float  # the same, of PostgreSQL
    waits: dict[str, float]  # who waited for whose lock, on average


def _sends(url: str, database: Database, counts: Sequence[int], runs: int, recipients: int) -> None:
    sent: dict[int, list[Sent]] = {count: [] for count in counts}
    for _ in range(runs):
        for count in counts:
            sent[count].append(_campaign(url, database, count, recipients))
            _tell(count, sent[count][-1:])
    print(f"medians of {runs}:")
    for count in counts:
        _tell(count, sent[count])


def _tell(workers: int, sent: Sequence[Sent]) -> None:
    rate, cpu, database = (
        statistics.median(getattr(each, name) for each in sent)
        for name in ("rate", "cpu", "database")
    )
    tables = sorted({table for each in sent for table in each.waits})
    means = {each: sum(one.waits.get(each, 0) for one in sent) / len(sent) for each in tables}
    told = ", ".join(f"{table} {many:.2f}" for table, many in means.items() if many >= _WORTH)
    print(
        f"{workers} workers: {rate:,.0f} sends/s; CPU per 1,000: {cpu:.2f} s of web and workers,"
        f" {database:.2f} s of PostgreSQL; waiting for locks: {told or 'nobody'}; {load()}",
        flush=True,
    )


def load() -> str:
    """How busy the machine is, with everything that runs on it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _campaign(url: str, database: Database, workers: int, recipients: int) -> Sent:
    changes = {"RUNNER": "procrastinate", "WEB_DISPATCH": "off", "SEND_AT_ONCE": "64"}
    with running(_LATENCY, url, WEB_CONCURRENCY="1", QUIET_HOURS="off", **changes) as service:
        service.add_workers(workers)
        _warm(service)
        waits, used = _LockWaits(database), receipts.cpu_of(database)
        cpu, began = service.cpu(), time.time()
        post(service, recipients, first=15_551_000_000)
        wait_for(lambda: service.taken()["count"] == recipients + _WARMED, 600, pause=0.05)
        sent = Sent(
            recipients / (service.taken()["last"] - began),
            (service.cpu() - cpu) / recipients * 1_000,
            (receipts.cpu_of(database) - used) / recipients * 1_000,
            waits.end(),
        )
    _forget(database)
    return sent


def _warm(service: Service) -> None:
    post(service, _WARMED, first=15_559_900_000)
    wait_for(lambda: service.taken()["count"] == _WARMED, 60)


def _forget(database: Database) -> None:
    with database.writing() as session:
        session.execute(_EMPTY)


class _LockWaits:
    """Looks twenty times a second who waits for whose lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: Counter[str] = Counter()
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> dict[str, float]:
        """By table, how many waited on average."""
        self._over.set()
        self._thread.join()
        return {what: seen / self._looks for what, seen in self._seen.items()}

    def _look(self) -> None:
        waiting = text(
            "SELECT query FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while not self._over.wait(0.05):
            self._looks += 1
            with self._database.reading() as session:
                self._seen.update(_table_of(query) for query in session.scalars(waiting))


def _table_of(query: str) -> str:
    names = ("message_counts", "senders", "campaigns", "messages", "heartbeats")
    return next((name for name in names if name in query), query[:40])


def _archived(database: Database) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.jsonl.gz"
        began = time.perf_counter()
        done = Archive(database, Clock()).move(datetime.now(UTC) - timedelta(days=100), path)
        seconds = time.perf_counter() - began
        size = path.stat().st_size / max(1, done.messages)
        rate = done.messages / seconds
        print(
            f"archived {done.messages} messages, {rate:,.0f} a second, {size:.0f} bytes each;"
            f" {load()}"
        )


if __name__ == "__main__":
    main()
