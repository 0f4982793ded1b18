"""Two hosts, one PostgreSQL: a worker dies, a host is cut off from the database and comes back."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from app.storage import engine_schema
from app.storage.database import connect
from tests.support.faults import FULL, fresh_postgres, most_in_a_second, people
from tests.support.hosts import Host, two_hosts
from tests.support.processes import Process, World, free_port, wait_for

RECIPIENTS = 100_000
RATE = 250
CUT = 20  # seconds
THREADS = 8
STALL = 0.25  # what a busy machine holds back arrives with what comes after it


@pytest.mark.skipif(not FULL, reason="TWO HOSTS TAKE LONG: `make faults` cuts them off")
def test_two_hosts_text_everybody_once_whatever_happens_to_them(
    postgres_url: str, tmp_path: Path
) -> None:
    with (
        fresh_postgres(postgres_url, "two_hosts") as url,
        two_hosts(url) as hosts,
        installation(url, hosts, tmp_path) as site,
    ):
        numbers = people("77", RECIPIENTS)
        began = time.monotonic()
        campaign_id = site.send(numbers, brake=False)
        wait_for(lambda: site.accepted() >= RECIPIENTS // 5, RECIPIENTS / 20)
        site.workers[0].kill()
        wait_for(lambda: site.accepted() >= RECIPIENTS * 2 // 5, RECIPIENTS / 20)
        hosts[1].cut_off()
        time.sleep(CUT)
        hosts[1].bring_back()
        site.wait_until_finished(campaign_id, 120 + RECIPIENTS / RATE * 2)

        judge(site, campaign_id, time.monotonic() - began)
        assert all(worker.stop() == 0 for worker in site.workers[1:])


def judge(site: "Installation", campaign_id: str, seconds: float) -> None:
    """Nobody twice, nobody forgotten, and never more than the pace."""
    ledger = site.ledger()["numbers"]
    times = Counter(entry["accepted"] for entry in ledger.values())
    accepted = times[1]
    # Receipts settle whatever was accepted: only what never left stays in doubt.
    wait_for(lambda: site.counts(campaign_id).get("in_doubt", 0) == RECIPIENTS - accepted, 60)
    counts = site.counts(campaign_id)
    fullest = most_in_a_second(site.ledger("/arrivals"))
    print(f"{counts}, {times}, {seconds:.0f} s, {fullest} in the fullest second of {RATE}")  # noqa: T201 (figures for docs/scaling.md)
    assert set(times) <= {0, 1}
    assert sum(counts.values()) == RECIPIENTS
    # Of the worker that was killed, and of claims whose commit the cut made uncertain.
    assert counts.get("in_doubt", 0) <= 2 * THREADS * 3
    assert fullest <= RATE * (1 + STALL)


class Installation:
    """Two web processes and four workers on two hosts, and the simulator outside."""

    def __init__(self, url: str, hosts: tuple[Host, Host], folder: Path, stack: ExitStack) -> None:
        database = connect(url)
        engine_schema.upgrade(database)
        database.close()
        port = free_port()
        self._outside = f"http://127.0.0.1:{port}"
        settings = World.settings(
            folder,
            RUNNER="procrastinate",
            WEB_DISPATCH="off",
            WEB_CONCURRENCY="1",
            SEND_RATE=str(RATE),
            SEND_THREADS=str(THREADS),
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
            webs.append(host.start(["gunicorn", "wsgi:app"], told, folder / f"web{place}.log"))
            stack.callback(webs[-1].stop)
            for number in range(2):
                log = folder / f"worker{place}{number}.log"
                self.workers.append(host.start(["flask", "--app", "wsgi", "worker"], told, log))
                stack.callback(self.workers[-1].stop)
        self.http = World.session()
        self._urls = [host.url for host in hosts]
        simulator.wait_until_answering(f"{self._outside}/health")
        for web, web_url in zip(webs, self._urls, strict=True):
            web.wait_until_answering(f"{web_url}/health/ready")
        for worker in self.workers:
            wait_for(lambda: "worker_started" in worker.output(), 60)  # noqa: B023 (called at once)

    def send(self, numbers: list[str], **more: object) -> str:
        body = {"recipients": numbers, "message": "Hello", **more}
        answer = self.http.post(f"{self._urls[1]}/api/campaigns/send", json=body, timeout=120)
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
def installation(url: str, hosts: tuple[Host, Host], folder: Path) -> Iterator[Installation]:
    with ExitStack() as stack:
        yield Installation(url, hosts, folder, stack)
