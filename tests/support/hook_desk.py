"""A desk with endpoints: deliveries go out when told, to real receivers on loopback."""

import ipaddress
from collections.abc import Iterable
from datetime import timedelta

from app.domain.hooks import HookEvent, HookStatus, HookWish
from app.hooks.caller import HookCaller
from app.services.clock import Clock
from app.services.hook_work import HookRetention, HookWork
from app.services.hooks import Hooks, NewHook
from app.services.metrics import Metrics
from app.storage.hook_log import HookDelivery
from tests.support.desk import Desk

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
ALL = frozenset(HookEvent) - {HookEvent.TEST}


class HookDesk:
    """Endpoints, and the work on what they wait for."""

    def __init__(self, desk: Desk, timeout: float = 2.0) -> None:
        self.desk = desk
        clock = Clock(now=desk.clock)
        self.woken = 0
        self.hooks = Hooks(desk.database, clock, LOOPBACK, self._wake)
        self.caller = HookCaller(LOOPBACK, timeout)
        self.work = HookWork(
            desk.database, self.caller, clock, jitter=lambda: 0.5, meters=desk.meters
        )
        self.metrics = Metrics(desk.database, clock, 1000.0, desk.meters)
        self.retention = HookRetention(desk.database, clock, timedelta(days=14))

    def listen(self, url: str, events: Iterable[HookEvent] = ALL) -> NewHook:
        return self.hooks.create(HookWish(url, frozenset(events)), "test")

    def _wake(self) -> None:
        self.woken += 1

    def deliver(self) -> None:
        """All that is due now, as the chore does."""
        self.work.go_on(lambda: False)

    def deliver_for(self, days: float, step: timedelta = timedelta(minutes=5)) -> None:
        """Let the time go by, and look again and again."""
        end = self.desk.clock() + timedelta(days=days)
        while self.desk.clock() < end:
            self.deliver()
            self.desk.clock.forward(step.total_seconds())

    def page(self) -> str:
        """What Prometheus would be told."""
        return self.metrics.page().decode()

    def log(self, made: NewHook, status: HookStatus | None = None) -> list[HookDelivery]:
        return self.hooks.deliveries(made.endpoint.id, status, None, 1_000)
