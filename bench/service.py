"""The service as the README starts it, beside the carrier of this folder, and what it consumes."""

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROOT = Path(__file__).parents[1]
SIGNATURE_SECRET = secrets.token_hex(16)
VONAGE_KEY, APPLICATION = "abcd1234", "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
KEY = secrets.token_urlsafe(32)
_TICKS = os.sysconf("SC_CLK_TCK")
_START = 60.0  # seconds


@dataclass
class Service:
    """A running service, and the carrier that it sends to."""

    port: int
    carrier_port: int
    process: "subprocess.Popen[bytes]"
    pids: list[int] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    others: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add_workers(self, count: int) -> None:
        """Processes that only send, whose consumption counts too."""
        for _ in range(count):
            self.others.append(_start(["flask", "--app", "wsgi", "worker"], self.environ))
            self.pids.append(self.others[-1].pid)

    def end_workers(self) -> None:
        """Let them finish and go."""
        for each in self.others:
            _end(each)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """Status and parsed answer of the service."""
        return _ask(self.port, method, path, body)

    def taken(self) -> dict[str, float]:
        """What the carrier took: count, first, last."""
        found: dict[str, float] = _ask(self.carrier_port, "GET", "/")[1]
        return found

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        fields = [
            Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in self.pids
        ]
        return sum(int(each[11]) + int(each[12]) for each in fields) / _TICKS

    def memory(self) -> float:
        """MB that its processes hold; what several share is counted once."""
        return sum(self.memories())

    def memories(self) -> list[float]:
        """The same of each, of what is shared its part: first gunicorn's master."""
        rollups = [Path(f"/proc/{each}/smaps_rollup").read_text() for each in self.pids]
        return [int(each.partition("Pss:")[2].split()[0]) / 1024 for each in rollups]


def _ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


@contextmanager
def running(latency: float, database_url: str | None = None, **changes: str) -> Iterator[Service]:
    """A service on a new SQLite file, or on an empty database; nothing of it is left."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="carillon-bench-"))
        port, carrier_port = free_port(), free_port()
        environ = environment(Path(folder), port, carrier_port, database_url) | changes
        carrier = _start(["bench.carrier", str(carrier_port), str(latency)], environ)
        stack.callback(_end, carrier)
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            env=environ,
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        process = _start(["gunicorn", "wsgi:app"], environ)
        stack.callback(_end, process)
        service = Service(port, carrier_port, process, environ=environ)
        stack.callback(service.end_workers)
        wait_for(lambda: _is_ready(service), _START)
        service.pids = [process.pid, *_children(process.pid)]
        yield service


def wait_for(look: Any, seconds: float, pause: float = 0.02) -> None:
    """Until it is so; RuntimeError when that takes too long."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise RuntimeError("the service did not get there in time")
        time.sleep(pause)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(
    folder: Path, port: int, carrier_port: int, database_url: str | None
) -> dict[str, str]:
    """The settings of a service that is measured."""
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "VONAGE_API_KEY": VONAGE_KEY,
        "VONAGE_APPLICATION_ID": APPLICATION,
        "VONAGE_PRIVATE_KEY_BASE64": base64.b64encode(pem).decode(),
        "VONAGE_NUMBER": "15550000001",
        "VONAGE_SIGNATURE_SECRET": SIGNATURE_SECRET,
        "VONAGE_API_URL": f"http://127.0.0.1:{carrier_port}",
        "API_KEYS": KEY,
        "RATE_LIMIT": "off",  # it is sending that is measured
        "QUIET_HOURS": "off",  # at any hour
        "FREQUENCY_CAP": "0",
        "PORT": str(port),
        "DATABASE_URL": database_url or f"sqlite:///{folder}/bench.db",
        "SEND_RATE": "100000",
        "SEND_AT_ONCE": "64",
        "BRAKE_CANARY": "off",
        "LOG_FORMAT": "json",
    }


def _start(arguments: list[str], environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 (our own programs)
        [sys.executable, "-m", *arguments],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(40)


def _is_ready(service: Service) -> bool:
    try:
        return service.ask("GET", "/health/ready")[0] == http.client.OK
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
