"""The database is away, locked or full: 503 to everybody, and all goes on when it is back."""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import postgres
from tests.support.faults import (
    ONE_WORKER,
    Databases,
    assert_truth,
    fresh_postgres,
    people,
    scaled,
)
from tests.support.processes import World, wait_for, world
from tests.support.webhooks import as_bytes, inbound, signed

NUMBERS = people("31", 200)
FAULTS = {"SEND_RATE": "100", **ONE_WORKER}
AWAY = scaled(1.0, 10.0)  # seconds
PROBLEM = "application/problem+json"

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


class Caller(threading.Thread):
    """A client, a phone and a monitor that call all the time, and keep what they were told."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._done = threading.Event()
        self.statuses: dict[str, set[int]] = {"POST": set(), "GET": set(), "webhook": set()}
        self.acknowledged: list[str] = []
        self.launched: list[str] = []
        self.mistakes: list[str] = []

    def run(self) -> None:
        with requests.Session() as http:
            http.headers.update(self._world.http.headers)
            while not self._done.wait(0.1):
                self._call(http)

    def _call(self, http: requests.Session) -> None:
        url = self._world.url
        order = {"recipients": [f"+1556320{len(self.launched):04}"], "message": "Late"}
        answer = self._note("POST", http.post(f"{url}/api/campaigns/send", json=order, timeout=60))
        if answer.status_code == 202:
            self.launched.append(answer.json()["campaign"]["id"])
        self._note("GET", http.get(f"{url}/api/campaigns?limit=5", timeout=60))
        body = inbound("Hello there", "+14155550188")
        answer = requests.post(
            f"{url}/webhooks/inbound", data=as_bytes(body), headers=signed(body), timeout=60
        )
        if self._note("webhook", answer).status_code == 200:
            self.acknowledged.append(body["message_uuid"])
        if not http.get(f"{url}/health/live", timeout=60).ok:
            self.mistakes.append("the process is not live")

    def _note(self, name: str, answer: requests.Response) -> requests.Response:
        self.statuses[name].add(answer.status_code)
        is_problem = answer.headers["Content-Type"].startswith(PROBLEM)
        if answer.status_code not in {200, 202} and not (answer.status_code == 503 and is_problem):
            self.mistakes.append(f"{name}: {answer.status_code} {answer.text}")
        return answer

    @contextmanager
    def calling(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self._done.set()
            self.join(120)


def assert_all_goes_on(world: World, campaign_id: str, caller: Caller) -> None:
    """Nobody was told a lie, nothing that was acknowledged is lost, everybody has one text."""
    assert caller.mistakes == []
    # A claim whose commit was cut is left to its lease: that is in doubt, and was never sent.
    world.wait_until_finished(campaign_id, 60)
    wait_for(lambda: world.ledger("/summary")["webhooks"]["pending"] == 0, 60)
    assert world.ledger("/summary")["webhooks"]["failed"] == 0
    assert world.ledger("/summary")["duplicates"] == 0
    assert_truth(world, campaign_id, NUMBERS)
    counts = world.counts(campaign_id)
    assert counts["delivered"] + counts.get("in_doubt", 0) == len(NUMBERS)
    for launched in caller.launched:
        world.wait_until_finished(launched, 30)
    assert kept(world) >= set(caller.acknowledged)


def kept(world: World) -> set[str]:
    """The texts that are in the database."""
    from sqlalchemy import text  # noqa: PLC0415 (only here)

    from app.storage.database import connect  # noqa: PLC0415 (only here)

    database = connect(world.environ["DATABASE_URL"])
    with database.reading() as session:
        found = session.scalars(text("SELECT message_uuid FROM inbound_messages")).all()
    database.close()
    return set(map(str, found))


def half_sent(world: World) -> str:
    """A campaign that is under way."""
    campaign_id = world.send(NUMBERS)
    wait_for(lambda: world.ledger("/summary")["accepted"] >= 30, 30)
    return campaign_id


def test_a_postgresql_that_was_stopped_is_waited_for(tmp_path: Path) -> None:
    with (
        postgres.own_server() as server,
        fresh_postgres(server.url, "gone") as url,
        world(url, tmp_path, **FAULTS) as running,
    ):
        campaign_id = half_sent(running)
        caller = Caller(running)
        with caller.calling():
            server.stop()
            assert_not_ready(running)
            time.sleep(AWAY)  # the length of the fault
            server.start()
            running.service.wait_until_answering(f"{running.url}/health/ready")
            wait_for(lambda: caller.acknowledged and caller.launched, 30)
        assert all(503 in told for told in caller.statuses.values()), caller.statuses
        assert_all_goes_on(running, campaign_id, caller)


def test_a_sqlite_that_another_process_locked_is_waited_for(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.sqlite(tmp_path)
    with world(url, tmp_path, **FAULTS) as running:
        campaign_id = half_sent(running)
        caller = Caller(running)
        with caller.calling(), locked(url.removeprefix("sqlite:///")):
            time.sleep(AWAY)  # the length of the fault
        assert 503 not in caller.statuses["GET"], "reading waits for no writer"
        assert_all_goes_on(running, campaign_id, caller)


def test_a_full_disk_under_sqlite_is_waited_for(databases: Databases, tmp_path: Path) -> None:
    with world(databases.sqlite(tmp_path), tmp_path, **FAULTS) as running:
        campaign_id = half_sent(running)
        caller = Caller(running)
        with full_disk(running), caller.calling():
            wait_for(lambda: caller.statuses["webhook"] >= {503}, 30)
            time.sleep(AWAY)  # the length of the fault
            was_there = len(caller.acknowledged)
        assert was_there == 0
        assert {200, 202} & (caller.statuses["POST"] | caller.statuses["webhook"]) == set()
        assert running.post("/api/campaigns/send", order_of(1)).status_code == 202
        assert_all_goes_on(running, campaign_id, caller)


def order_of(count: int) -> dict[str, Any]:
    return {"recipients": people("33", count), "message": "Room again"}


def assert_not_ready(world: World) -> None:
    answer = requests.get(f"{world.url}/health/ready", timeout=30)
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Another process holds the file as its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCK, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate(timeout=30)


@contextmanager
def full_disk(world: World) -> Iterator[None]:
    """No file of the service can be written to: needs no rights, unlike a full file system."""
    pids = world.service.pids()
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


if not hasattr(resource, "prlimit"):  # anywhere but on Linux
    test_a_full_disk_under_sqlite_is_waited_for = pytest.mark.skip(
        "NO prlimit HERE: a full disk is only tried in one process"
    )(test_a_full_disk_under_sqlite_is_waited_for)
