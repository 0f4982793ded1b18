"""Delivers what endpoints asked for, beside sending and never in its way."""

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from app.domain import hook_signing
from app.domain.hook_retry import again_at, is_hopeless, pause_after
from app.domain.hooks import HookAnswer, HookCall, HookStatus
from app.hooks.caller import HookCaller
from app.meters import Meters
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import hook_endpoints, hook_log, hook_queue
from app.storage.database import Database, Session
from app.storage.hook_queue import Callee, Tried

_log = logging.getLogger(__name__)

_EVERY = 2  # seconds: how late an endpoint hears of what happened, at rest
_AT_ONCE = 16  # calls of a process
_TO_ONE = 4  # to one endpoint, so that a slow one leaves room for others
_TO_FAILING = 1  # a look whether it is back
_GLANCE = 0.1  # seconds between looks for what is due, while something is on its way
_BY = "Carillon"
_RESULTS = {  # as they are counted
    HookStatus.DELIVERED: "delivered",
    HookStatus.WAITING: "try_again",
    HookStatus.GIVEN_UP: "given_up",
}


class HookWork:
    """Claims, calls on threads of its own, records. Any number of processes may, at once."""

    every = _EVERY

    def __init__(
        self,
        database: Database,
        caller: HookCaller,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
        meters: Meters | None = None,
    ) -> None:
        self._database = database
        self._caller = caller
        self._clock = clock
        self._jitter = jitter
        self._meters = meters or Meters()
        self._notes = AuditNotes(clock, "webhook")
        self._turn = threading.Lock()
        self._answers: SimpleQueue[tuple[HookCall, HookAnswer]] = SimpleQueue()
        self._on_way: Counter[str] = Counter()  # by endpoint

    def go_on(self, should_stop: Callable[[], bool]) -> None:
        """Deliver what is due, until nothing is and nothing is on its way.

        One thread of a process does; a second one has nothing to do. Whoever is told to stop
        leaves what is on its way: others try it again within a minute. Raises TryAgain.
        """
        if not self._turn.acquire(blocking=False):
            return
        try:
            while not should_stop():
                taken = self._take()
                for call in taken:
                    self._begin(call)
                if not self._on_way.total():
                    return
                self._record(self._came_back())
            self._record(self._came_back())
        finally:
            self._turn.release()

    def _take(self) -> list[HookCall]:
        now = self._clock.now()
        with self._database.reading() as session:
            callees = hook_queue.callees(session, now)
        rooms = [(callee, room) for callee in callees if (room := self._room_for(callee)) > 0]
        if not rooms:
            return []
        taken: list[HookCall] = []
        left = _AT_ONCE - self._on_way.total()
        with self._database.writing() as session:
            for callee, room in rooms:
                found = hook_queue.claim(session, callee, min(room, left - len(taken)), now)
                taken += found
        return taken

    def _room_for(self, callee: Callee) -> int:
        most = _TO_FAILING if callee.is_failing else _TO_ONE
        left = _AT_ONCE - self._on_way.total()
        return min(most - self._on_way[callee.id], left)

    def _begin(self, call: HookCall) -> None:
        self._on_way[call.endpoint_id] += 1
        name = f"hook_{call.id}"
        threading.Thread(target=self._call, args=(call,), name=name, daemon=True).start()

    def _call(self, call: HookCall) -> None:
        now = self._clock.now()
        signed = hook_signing.headers(call.secrets, call.event_id, now, call.body)
        try:
            answer = self._caller.post(call.url, signed, call.body)
        except Exception as error:  # noqa: BLE001 (logged; whatever it is, others must be called)
            _log.exception("webhook_failed")
            answer = HookAnswer(None, 0.0, problem=f"a fault of ours: {type(error).__name__}")
        self._answers.put((call, answer))

    def _came_back(self) -> list[tuple[HookCall, HookAnswer]]:
        """What came back by now, after a moment at most."""
        came: list[tuple[HookCall, HookAnswer]] = []
        try:
            came.append(self._answers.get(timeout=_GLANCE))
            while True:
                came.append(self._answers.get_nowait())
        except Empty:
            pass
        for call, _ in came:
            self._on_way[call.endpoint_id] -= 1
        return came

    def _record(self, came: Sequence[tuple[HookCall, HookAnswer]]) -> None:
        if not came:
            return
        now = self._clock.now()
        tries = [self._tried(call, answer, now) for call, answer in came]
        with self._database.writing() as session:
            hook_queue.record(session, tries)
            for endpoint_id in sorted({call.endpoint_id for call, _ in came}):
                ends = [
                    (each, answer)
                    for each, (call, answer) in zip(tries, came, strict=True)
                    if call.endpoint_id == endpoint_id
                ]
                self._judge(session, endpoint_id, ends, now)
        for (call, answer), tried in zip(came, tries, strict=True):
            self._meters.called(_RESULTS[tried.status], answer.duration)
            _tell(call, answer, tried)

    def _tried(self, call: HookCall, answer: HookAnswer, now: datetime) -> Tried:
        status, due_at = HookStatus.DELIVERED, now
        if not answer.is_good:
            again = again_at(call.attempt, call.first_at, now, answer.retry_after, self._jitter())
            status = HookStatus.WAITING if again else HookStatus.GIVEN_UP
            due_at = again or now
        return Tried(
            *(call, status, due_at, answer.code, round(answer.duration * 1000)),
            *(answer.excerpt, answer.problem),
        )

    def _judge(
        self,
        session: Session,
        endpoint_id: str,
        ends: Sequence[tuple[Tried, HookAnswer]],
        now: datetime,
    ) -> None:
        """What these ends say of their endpoint."""
        if any(answer.is_good for _, answer in ends):
            hook_queue.settle(session, [endpoint_id])
            return
        endpoint = hook_endpoints.find(session, endpoint_id, to_change=True)
        if endpoint is None or not endpoint.is_enabled:
            return  # removed, or disabled, meanwhile
        failures = endpoint.failures + len(ends)
        since = endpoint.failing_since or now
        values = {
            "failures": failures,
            "failing_since": since,
            "calls_after": now + pause_after(failures),
        }
        hook_endpoints.change(session, endpoint_id, values)
        if any(answer.is_gone for _, answer in ends):
            self._disable(session, endpoint_id, "it answered 410: it wants no more", now)
        # An event that was tried for a day, so that one failure long ago is not enough.
        elif is_hopeless(since, now) and any(
            each.status is HookStatus.GIVEN_UP for each, _ in ends
        ):
            why = f"nothing was delivered since {since:%Y-%m-%d %H:%M} UTC: {ends[-1][1].problem}"
            self._disable(session, endpoint_id, why, now)

    def _disable(self, session: Session, endpoint_id: str, reason: str, now: datetime) -> None:
        values = {"is_enabled": False, "disabled_at": now, "disabled_reason": reason}
        hook_endpoints.change(session, endpoint_id, values)
        self._notes.add(session, _BY, "disabled", endpoint_id, {"reason": reason})
        _log.error("webhook_endpoint_disabled", extra={"endpoint": endpoint_id, "reason": reason})


class HookRetention:
    """Takes deliveries away that are done with for long: they name people."""

    def __init__(self, database: Database, clock: Clock, period: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._period = period

    def apply(self) -> int:
        """Take away all that are due; how many. Raises TryAgain, with some of it done."""
        before, count, last = self._clock.now() - self._period, 0, 0
        while True:
            with self._database.writing() as session:
                found = hook_log.forget_old(session, before, last)
            if found is None:
                return count
            count, last = count + found[0], found[1]


def _tell(call: HookCall, answer: HookAnswer, tried: Tried) -> None:
    if answer.is_good:
        _log.info(
            "webhook_delivered",
            extra={
                "endpoint": call.endpoint_id,
                "delivery": call.id,
                "attempt": call.attempt,
                "code": answer.code,
                "seconds": round(answer.duration, 3),
            },
        )
    else:
        _log.warning(
            "webhook_not_delivered",
            extra={
                "endpoint": call.endpoint_id,
                "delivery": call.id,
                "attempt": call.attempt,
                "code": answer.code,
                "seconds": round(answer.duration, 3),
                "status": tried.status.value,
                "problem": answer.problem,
            },
        )
