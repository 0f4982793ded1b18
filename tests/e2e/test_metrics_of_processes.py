"""/metrics with two gunicorn processes, of which one is killed, and a `flask worker`."""

import os
import signal
from functools import partial
from pathlib import Path

import requests

from tests.support.builders import numbers
from tests.support.processes import Process, World, free_port, wait_for, world
from tests.unit.test_meters import value, values

KEY = "a-key-that-reads-metrics-only"


def page_of(running: World) -> str:
    answer = requests.get(
        f"{running.url}/metrics", headers={"Authorization": f"Bearer {KEY}"}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def sends(running: World) -> float:
    return value(page_of(running), "carillon_sends_total", outcome="accepted") or 0.0


def is_replaced(running: World, victim: int) -> bool:
    pids = running.service.pids()
    return victim not in pids and len(pids) == 3


def test_sums_are_right_over_processes_of_which_one_dies(
    emptied_postgres_url: str, tmp_path: Path
) -> None:
    with world(
        emptied_postgres_url, tmp_path, METRICS_KEY=KEY, METRICS_DIR=str(tmp_path / "metrics")
    ) as running:
        running.wait_until_finished(running.send(numbers(200)), 60)
        wait_for(lambda: sends(running) == 200, 10, "all sends to be counted")
        assert set(values(page_of(running), "carillon_database_up")) == {1}
        assert len(values(page_of(running), "carillon_database_connections_limit")) == 2

        _master, *workers = running.service.pids()
        assert len(workers) == 2
        for victim in workers:  # both, one after the other: whichever counted is dead then
            os.kill(victim, signal.SIGKILL)
            wait_for(partial(is_replaced, running, victim), 20, "another in its place")
            running.service.wait_until_answering(f"{running.url}/health/ready")
            for _ in range(4):  # whichever process answers
                assert sends(running) == 200

        own = f"http://127.0.0.1:{free_port()}"
        environ = {**running.environ, "METRICS_PORT": own.rpartition(":")[2]}
        worker = Process(["flask", "--app", "wsgi", "worker"], environ, tmp_path / "worker.log")
        try:
            wait_for(lambda: "worker_started" in worker.output(), 30, "the worker")
            running.wait_until_finished(running.send(numbers(300, first=500)), 60)
            wait_for(lambda: sends(running) == 500, 10, "those of the worker as well")
            limits = "carillon_database_connections_limit"
            wait_for(lambda: len(values(page_of(running), limits)) == 3, 20, "three processes")
            shown = requests.get(
                f"{own}/metrics", headers={"Authorization": f"Bearer {KEY}"}, timeout=10
            )
            assert value(shown.text, "carillon_sends_total", outcome="accepted") == 500
            assert requests.get(f"{own}/metrics", timeout=10).status_code == 401
            assert requests.get(f"{own}/dashboard/", timeout=10).status_code == 404
        finally:
            worker.stop()
        for _ in range(4):
            assert sends(running) == 500
