"""The real thing: gunicorn and the simulator as processes of their own, spoken to over HTTP."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.support.builders import API_KEY, environment

ROOT = Path(__file__).parents[2]
_START = 30.0  # seconds; a busy machine imports slowly
_LEISURE = 0.2  # seconds between looks at what takes many of them


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One program of ours, in a process group of its own."""

    def __init__(
        self,
        arguments: list[str],
        environ: Mapping[str, str],
        log: Path,
        inside: Sequence[str] = (),  # a program that becomes ours, as `ip netns exec` does
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*inside, sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=dict(environ),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_answering(self, url: str) -> None:
        wait_for(lambda: self._answers(url), _START, url)

    def _answers(self, url: str) -> bool:
        assert self._process.poll() is None, f"it ended: {self.output()[-2000:]}"
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return requests.get(url, timeout=5).ok
        return False

    def pids(self) -> list[int]:
        """The process and its children: of gunicorn, the master and its workers."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [self._process.pid, *map(int, children.read_text().split())]

    def threads(self) -> int:
        """How many threads run in all of them."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.pids())

    def megabytes(self) -> float:
        """Their memory."""
        pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.pids())
        return sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def output(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        """SIGKILL to the whole group: no goodbye, nothing flushed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def end(self) -> int:
        """Wait for its end; the exit code."""
        return self._process.wait(60)

    def stop(self) -> int:
        """SIGTERM, as an operator would; the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def wait_for(
    happened: Callable[[], Any], seconds: float, what: str = "", pause: float = 0.05
) -> Any:
    """What `happened` gives once it is true; fails when that takes too long."""
    end = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < end, f"not within {seconds} seconds: {what or happened}"
        time.sleep(pause)
    return result


class World:
    """A service and the simulator it sends to."""

    def __init__(self, database_url: str, folder: Path, **changes: str) -> None:
        self.port, simulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator_url = f"http://127.0.0.1:{simulator_port}"
        self._folder = folder
        self.environ = self.settings(
            folder,
            **{
                "DATABASE_URL": database_url,
                "VONAGE_API_URL": self.simulator_url,
                "PORT": str(self.port),
                "SIMULATOR_PORT": str(simulator_port),
                **changes,
            },
        )
        self.http = self.session()
        self.simulator = self.start_simulator()
        self.service = self.start_service()

    @staticmethod
    def settings(folder: Path, **changes: str) -> dict[str, str]:
        """The environment of the programs of a world."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            **environment(
                LOG_FORMAT="json",
                SEND_AT_ONCE="32",
                SEND_RATE="400",
                SEND_TIMEOUT="2",
                # Most of what is sent here is meant to fail.
                BRAKE_MAX_FAILURE_RATE="off",
                BRAKE_MAX_OPT_OUT_RATE="off",
            ),
            **changes,
        }

    @staticmethod
    def session() -> requests.Session:
        """A client that holds a key."""
        http = requests.Session()
        http.headers["Authorization"] = f"Bearer {API_KEY}"
        return http

    def wait_until_ready(self) -> None:
        self.simulator.wait_until_answering(f"{self.simulator_url}/health")
        self.service.wait_until_answering(f"{self.url}/health/ready")

    def start_simulator(self) -> Process:
        return Process(["simulator"], self.environ, self._folder / "simulator.log")

    def start_service(self) -> Process:
        """gunicorn as the README starts it."""
        return Process(["gunicorn", "wsgi:app"], self.environ, self._folder / "service.log")

    def restart(self) -> None:
        """Start again after `service.kill()`."""
        self.service = self.start_service()
        self.service.wait_until_answering(f"{self.url}/health/ready")

    def post(self, path: str, body: object) -> requests.Response:
        return self.http.post(self.url + path, json=body, timeout=60)

    def get(self, path: str) -> Any:
        answer = self.http.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def send(self, recipients: list[str], message: str = "Hello", **more: object) -> str:
        """Post a campaign; its id."""
        body = {"recipients": recipients, "message": message, **more}
        answer = self.post("/api/campaigns/send", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["campaign"]["id"])

    def messages(self, campaign_id: str) -> list[dict[str, Any]]:
        """Every message of a campaign."""
        found: list[dict[str, Any]] = []
        following = f"/api/campaigns/{campaign_id}/messages?limit=1000"
        while following:
            page = self.get(following)
            found += page["messages"]
            following = page["next"]
        return found

    def counts(self, campaign_id: str) -> dict[str, int]:
        """Statuses of a campaign, those with no message left out."""
        counts: dict[str, int] = self.get(f"/api/campaigns/{campaign_id}")["messages"]
        return {status: count for status, count in counts.items() if count}

    def ledger(self, path: str = "") -> Any:
        return requests.get(f"{self.simulator_url}/ledger{path}", timeout=30).json()

    def forget(self) -> None:
        """Empty the ledger."""
        requests.delete(f"{self.simulator_url}/ledger", timeout=30).raise_for_status()

    def conditions(self, **changes: object) -> None:
        """Change how the simulator behaves from now on."""
        url = f"{self.simulator_url}/simulator/settings"
        requests.post(url, json=changes, timeout=30).raise_for_status()

    def status(self, campaign_id: str) -> str:
        return str(self.get(f"/api/campaigns/{campaign_id}")["status"])

    def wait_until_finished(self, campaign_id: str, seconds: float) -> None:
        wait_for(
            lambda: self.status(campaign_id) == "finished", seconds, "the campaign's end", _LEISURE
        )

    def phone_says(self, number: str, text: str) -> None:
        """A phone sends a text to the service."""
        body = {"from": number, "to": self.environ["VONAGE_NUMBER"], "text": text}
        requests.post(f"{self.simulator_url}/simulator/inbound", json=body, timeout=10)

    def close(self) -> None:
        self.http.close()
        self.service.stop()
        self.simulator.stop()


@contextlib.contextmanager
def world(database_url: str, folder: Path, **changes: str) -> Iterator[World]:
    """A running world; everything that it started is gone afterwards."""
    made = World(database_url, folder, **changes)
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.close()
