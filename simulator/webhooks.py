"""Webhooks on their way: scheduled, signed, delivered, and repeated as Vonage repeats them.

One thread keeps the time and a few deliver, so that nothing here makes an answer wait. From
Vonage's support article 360028543292: repeated after 429, 5xx and no answer, at first after 5
seconds, then after twice as long up to 15 minutes, for 24 hours. Any other answer is the end.
"""

import heapq
import itertools
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import Any

import urllib3

from simulator.answers import compact
from simulator.conditions import Conditions
from simulator.settings import Settings
from simulator.signing import authorization

DELIVERERS = 8
MOST_PENDING = 250_000
LONGEST_PAUSE = 15 * 60
GIVE_UP_AFTER = 24 * 3600
TIMEOUT = urllib3.Timeout(connect=3, read=15)  # Vonage's own, support article 226572227
STOPPING_TAKES = 1.0  # seconds at most


@dataclass(slots=True)
class Webhook:
    """One event for the service: the bytes stay the same in every repetition."""

    url: str
    body: bytes
    first_due: float
    failures: int = 0
    attempted: Event | None = field(default=None)  # set after the first attempt


class Webhooks:
    """Takes webhooks to send after some seconds; counts what became of them."""

    def __init__(self, settings: Settings, conditions: Conditions) -> None:
        self._settings = settings
        self._conditions = conditions
        self._later: list[tuple[float, int, Webhook]] = []
        self._ticket = itertools.count()  # equal times keep their order
        self._changed = Condition()
        self._due: SimpleQueue[Webhook | None] = SimpleQueue()
        self._pending = 0
        self._counts: Counter[str] = Counter()
        self._stopping = False
        self._threads: list[Thread] = []
        self._http = urllib3.PoolManager(maxsize=DELIVERERS, retries=False, timeout=TIMEOUT)

    def start(self) -> None:
        work = [self._keep_time, *[self._deliver_all] * DELIVERERS]
        self._threads = [Thread(target=one, name="webhooks", daemon=True) for one in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What has not been delivered is lost."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        for _ in range(DELIVERERS):
            self._due.put(None)
        until = time.monotonic() + STOPPING_TAKES
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._http.clear()

    def send(self, url: str, payload: dict[str, Any], after: float = 0) -> Event | None:
        """Delivers `payload` after so many seconds, unless far too much is waiting already."""
        webhook = Webhook(url, compact(payload), time.time() + after)
        if after <= 0:
            webhook.attempted = Event()
        with self._changed:
            if self._pending >= MOST_PENDING:
                self._count_dropped()
                return None
            self._pending += 1
            self._put(webhook.first_due, webhook)
        return webhook.attempted

    def totals(self) -> dict[str, int]:
        with self._changed:
            names = ("delivered", "failed", "repeated", "dropped")
            return {"pending": self._pending} | {name: self._counts[name] for name in names}

    def reset_totals(self) -> None:
        """Forgets what was counted; what is pending still comes."""
        with self._changed:
            self._counts.clear()

    def _put(self, due: float, webhook: Webhook) -> None:
        heapq.heappush(self._later, (due, next(self._ticket), webhook))
        if self._later[0][2] is webhook:
            self._changed.notify()

    def _count_dropped(self) -> None:
        self._counts["dropped"] += 1
        if self._counts["dropped"] == 1:
            sys.stderr.write(f"Dropping webhooks: {MOST_PENDING} are waiting already.\n")

    def _keep_time(self) -> None:
        with self._changed:
            while not self._stopping:
                self._changed.wait(self._release_due())

    def _release_due(self) -> float | None:
        """Hands on what is due; tells how many seconds there are until the next one."""
        now = time.time()
        while self._later and self._later[0][0] <= now:
            self._due.put(heapq.heappop(self._later)[2])
        return self._later[0][0] - now if self._later else None

    def _deliver_all(self) -> None:
        while (webhook := self._due.get()) is not None and not self._stopping:
            status = self._deliver(webhook)
            with self._changed:
                self._settle(webhook, status)
            if webhook.attempted is not None:
                webhook.attempted.set()

    def _deliver(self, webhook: Webhook) -> int | None:
        """The HTTP status of the service's answer; None without one."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": authorization(webhook.body, self._settings, time.time()),
        }
        try:
            return self._http.request(
                "POST", webhook.url, body=webhook.body, headers=headers, redirect=False
            ).status
        except (urllib3.exceptions.HTTPError, ValueError):
            return None

    def _settle(self, webhook: Webhook, status: int | None) -> None:
        if may_repeat(status) and (due := self._next_attempt(webhook)) is not None:
            webhook.failures += 1
            self._counts["repeated"] += 1
            self._put(due, webhook)
            return
        self._pending -= 1
        self._counts["delivered" if is_success(status) else "failed"] += 1

    def _next_attempt(self, webhook: Webhook) -> float | None:
        """When to repeat; None once it is too old."""
        due = time.time() + pause(self._conditions.seconds("retry_ms"), webhook.failures)
        return due if due - webhook.first_due <= GIVE_UP_AFTER else None


def may_repeat(status: int | None) -> bool:
    """After 429, 5xx and no answer; never after another 4xx, nor after a redirection."""
    return (
        status is None
        or status == HTTPStatus.TOO_MANY_REQUESTS
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def is_success(status: int | None) -> bool:
    return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def pause(first: float, failures: int) -> float:
    """The seconds before the next attempt, when so many had failed before this one."""
    return min(first * 2.0 ** min(failures, 30), LONGEST_PAUSE)
