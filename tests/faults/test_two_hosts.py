"""Two hosts, one PostgreSQL: a worker dies, a host is cut off from the database and comes back."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from app.domain.throughput import HEADROOM
from app.sending.dispatcher import IN_HAND
from app.storage import engine_schema
from app.storage.database import connect
from tests.support.faults import fresh_postgres, most_in_a_second, people, scaled
from tests.support.hosts import Host, two_hosts
from tests.support.processes import Process, World, free_port, wait_for


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: what the normal test command has time for, and what a real day may bring."""

    recipients: int
    rate: int
    cut: float  # seconds
    threads: int  # of each process that sends
    workers: tuple[int, int]  # on each host
    webs: int  # on as many hosts; they send too where there is no queue engine
    has_engine: bool


SHORT = Size(600, 150, 2, threads=4, workers=(1, 1), webs=1, has_engine=False)
LONG = Size(100_000, 250, 20, threads=8, workers=(2, 2), webs=2, has_engine=True)


def test_two_hosts_text_everybody_once_whatever_happens_to_them(
    postgres_url: str, tmp_path: Path
) -> None:
    size = scaled(SHORT, LONG)
    with (
        fresh_postgres(postgres_url, "two_hosts") as url,
        two_hosts(url) as hosts,
        installation(url, hosts, tmp_path, size) as site,
    ):
        numbers = people("77", size.recipients)
        began = time.monotonic()
        campaign_id = site.send(numbers, brake=False)
        patience = 30 + size.recipients / 20
        wait_for(lambda: site.accepted() >= size.recipients // 5, patience)
        site.workers[0].kill()
        wait_for(lambda: site.accepted() >= size.recipients * 2 // 5, patience)
        hosts[1].cut_off()
        time.sleep(size.cut)
        hosts[1].bring_back()
        wait_for(lambda: not site.counts(campaign_id).get("queued"), patience * 2)
        if size is LONG:  # else nobody waits for the lease of what the killed one was sending
            site.wait_until_finished(campaign_id, 120)

        judge(site, campaign_id, size, time.monotonic() - began)
        assert all(worker.stop() == 0 for worker in site.workers[1:])


def judge(site: "Installation", campaign_id: str, size: Size, seconds: float) -> None:
    """Nobody twice, nobody forgotten, and never more than the pace."""
    wait_for(lambda: open_messages(site, campaign_id) == size.recipients - site.accepted(), 60)
    ledger = site.ledger()["numbers"]
    times = Counter(entry["accepted"] for entry in ledger.values())
    counts = site.counts(campaign_id)
    fullest = most_in_a_second(site.ledger("/arrivals"))
    most = bound(size)
    print(f"{counts}, {times}, {seconds:.0f} s, {fullest} in the fullest second, at most {most}")  # noqa: T201 (figures for docs/scaling.md)
    assert set(times) <= {0, 1}
    assert sum(counts.values()) == size.recipients
    # Of the worker that was killed, and of claims whose commit the cut made uncertain.
    assert open_messages(site, campaign_id) <= IN_HAND * size.threads * 3
    assert fullest <= most


def open_messages(site: "Installation", campaign_id: str) -> int:
    """How many may or may not have left: receipts settle whatever was accepted."""
    counts = site.counts(campaign_id)
    return counts.get("sending", 0) + counts.get("in_doubt", 0)


def bound(size: Size) -> int:
    """The most that may arrive in a second: those whose slots are in it, and those that were in
    hand before it, which a stall of their processes held back.
    """
    processes = sum(size.workers) + (0 if size.has_engine else size.webs)
    return math.ceil(size.rate / (1 + HEADROOM)) + IN_HAND * size.threads * processes


class Installation:
    """Web processes and workers on two hosts, and the simulator outside."""

    def __init__(
        self, url: str, hosts: tuple[Host, Host], folder: Path, size: Size, stack: ExitStack
    ) -> None:
        if size.has_engine:
            database = connect(url)
            engine_schema.upgrade(database)
            database.close()
        port = free_port()
        self._outside = f"http://127.0.0.1:{port}"
        settings = World.settings(
            folder,
            RUNNER="procrastinate" if size.has_engine else "threads",
            WEB_DISPATCH="off" if size.has_engine else "on",
            WEB_CONCURRENCY="1",
            SEND_RATE=str(size.rate),
            SEND_AT_ONCE=str(size.threads),
            SEND_TIMEOUT="2",
            DATABASE_POOL="2",
            SIMULATOR_HOST="0.0.0.0",  # noqa: S104 (hosts reach it by their wires)
            SIMULATOR_PORT=str(port),
            SIMULATOR_WEBHOOK_URL=hosts[0].url,
            SIMULATOR_RETRY_MS="200",
        )
        simulator = Process(["simulator"], settings, folder / "simulator.log")
        stack.callback(simulator.stop)
        self.workers: list[Process] = []
        webs = []
        for place, host in enumerate(hosts):
            told = settings | {"VONAGE_API_URL": f"http://{host.outside}:{port}"}
            if place < size.webs:
                webs.append(host.start(["gunicorn", "wsgi:app"], told, folder / f"web{place}.log"))
                stack.callback(webs[-1].stop)
            for number in range(size.workers[place]):
                log = folder / f"worker{place}{number}.log"
                self.workers.append(host.start(["flask", "--app", "wsgi", "worker"], told, log))
                stack.callback(self.workers[-1].stop)
        self.http = World.session()
        self._urls = [host.url for host in hosts[: size.webs]]
        simulator.wait_until_answering(f"{self._outside}/health")
        for web, web_url in zip(webs, self._urls, strict=True):
            web.wait_until_answering(f"{web_url}/health/ready")
        for worker in self.workers:
            wait_for(lambda: "worker_started" in worker.output(), 60)  # noqa: B023 (called at once)

    def send(self, numbers: list[str], **more: object) -> str:
        body = {"recipients": numbers, "message": "Hello", **more}
        answer = self.http.post(f"{self._urls[-1]}/api/campaigns/send", json=body, timeout=120)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["campaign"]["id"])

    def campaign(self, campaign_id: str) -> Any:
        return self.http.get(f"{self._urls[0]}/api/campaigns/{campaign_id}", timeout=30).json()

    def counts(self, campaign_id: str) -> dict[str, int]:
        return {name: each for name, each in self.campaign(campaign_id)["messages"].items() if each}

    def wait_until_finished(self, campaign_id: str, seconds: float) -> None:
        wait_for(lambda: self.campaign(campaign_id)["status"] == "finished", seconds, "the end")

    def ledger(self, path: str = "") -> Any:
        return requests.get(f"{self._outside}/ledger{path}", timeout=60).json()

    def accepted(self) -> int:
        return int(self.ledger("/summary")["accepted"])


@contextmanager
def installation(
    url: str, hosts: tuple[Host, Host], folder: Path, size: Size
) -> Iterator[Installation]:
    with ExitStack() as stack:
        yield Installation(url, hosts, folder, size, stack)
