"""A campaign, from the POST to the last message that the carrier took."""

import json
import threading
import time
from dataclasses import dataclass

from bench.service import Service, running, wait_for

TEXT = "Autumn sale: 20% off everything until Sunday. Reply STOP to opt out."


@dataclass(frozen=True, slots=True)
class Sent:
    """What one campaign took."""

    recipients: int
    answered: float  # seconds until the POST was answered
    first: float  # until the carrier had the first message
    rate: float  # messages a second, from the POST to the last
    cpu: float  # seconds for 1,000 messages, all processes together
    memory: float  # MB, the most that was seen after the answer
    health: float  # seconds, the slowest answer of /health meanwhile


def measure(recipients: int, latency: float, database_url: str | None, **changes: str) -> Sent:
    """Send one campaign with a service of its own, warmed by a small one."""
    with running(latency, database_url, **changes) as service:
        post(service, 50, first=15_559_900_000)
        wait_for(lambda: service.taken()["count"] == 50, 30)  # noqa: PLR2004 (the 50 above)
        watch = _Watch(service)
        cpu, began = service.cpu(), time.time()
        post(service, recipients, first=15_551_000_000)
        answered = time.time() - began
        watch.begin()
        # The carrier forgets nothing: the first of this campaign came after those that warmed up.
        wait_for(lambda: service.taken()["count"] > 50, 60, pause=0.002)  # noqa: PLR2004
        first = time.time() - began
        wait_for(lambda: service.taken()["count"] == recipients + 50, 3_600, pause=0.05)
        rate = recipients / (service.taken()["last"] - began)
        memory, health = watch.end()
        cpu = (service.cpu() - cpu) / recipients * 1_000
    return Sent(recipients, answered, first, rate, cpu, memory, health)


def post(service: Service, recipients: int, first: int) -> None:
    named = [f"+{first + place}" for place in range(recipients)]
    body = json.dumps({"recipients": named, "message": TEXT}).encode()
    status, answer = service.ask("POST", "/api/campaigns/send", body)
    if status != 202:  # noqa: PLR2004 (HTTP)
        raise RuntimeError(f"the campaign was not taken: {answer}")


class _Watch:
    """Looks at memory and at /health ten times a second."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._memory: list[float] = []
        self._health: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> tuple[float, float]:
        """The most memory, the slowest answer."""
        self._over.set()
        self._thread.join()
        return max(self._memory), max(self._health)

    def _look(self) -> None:
        while True:
            began = time.perf_counter()
            self._service.ask("GET", "/health")
            self._health.append(time.perf_counter() - began)
            self._memory.append(self._service.memory())
            if self._over.wait(0.1):
                return
