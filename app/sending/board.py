"""One thread that has many attempts in hand: it resumes each when what it waits for is there.

Each runs in a context of its own (contextvars), as threads do: log lines carry its ids only.

A thread for each attempt costs more: a dozen turns at Python's one lock for each message, which
is what others wait for too, such as whoever answers /health.
"""

import heapq
import itertools
import math
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from app.domain.message import Attempt, ClaimedMessage
from app.domain.waits import Elsewhere, Pause, Readable, Wait, Waiting
from app.sending.pool import Pool

_LATE = 0.05  # seconds: how late it is seen that a time is over

_Step = Callable[..., Wait]  # `send` or `throw` of an attempt


class _Call:
    """An attempt that is in hand, and what it waits for."""

    __slots__ = ("attempt", "errand", "run", "until", "waits_at")

    def __init__(self, attempt: Waiting[Attempt]) -> None:
        self.attempt = attempt
        self.run = copy_context().run
        self.until = math.inf
        self.waits_at: socket.socket | None = None
        self.errand: _Errand | None = None


class _Errand:
    """What blocks, for a thread of the pool; only once, and not if it was withdrawn before."""

    def __init__(
        self, do: Callable[[], Any], attempt: Waiting[Attempt], tell: Callable[[_Step, Any], None]
    ) -> None:
        self._do, self._attempt, self._tell = do, attempt, tell
        self._taken = threading.Lock()

    def __call__(self) -> None:
        if not self._taken.acquire(blocking=False):
            return
        try:
            result = self._do()
        except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
            self._tell(self._attempt.throw, error)
        else:
            self._tell(self._attempt.send, result)

    def withdraw(self) -> bool:
        """Was there time to? Then it will not begin."""
        return self._taken.acquire(blocking=False)


class Board:
    """Takes from `todo` what there is, has at most so many in hand, and tells each one's end."""

    def __init__(
        self,
        todo: deque[ClaimedMessage],
        attempt: Callable[[ClaimedMessage], Waiting[Attempt]],
        tell: Callable[[Attempt], None],
        most: int,
        pool: Pool,
    ) -> None:
        self._todo, self._attempt, self._tell, self._most = todo, attempt, tell, most
        self._pool = pool
        self._calls: set[_Call] = set()
        self._pauses: list[tuple[float, int, _Call]] = []
        self._order = itertools.count()
        self._came_back: deque[tuple[_Call, _Step, Any]] = deque()
        self._selector = selectors.DefaultSelector()
        self._ear, self._bell = socket.socketpair()
        self._ear.settimeout(0)
        self._bell.settimeout(0)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._look_again = 0.0
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, name: str) -> None:
        self._thread.name = name
        self._thread.start()

    def look(self) -> None:
        """There is something new. Any thread may call this."""
        with suppress(BlockingIOError):  # full: it will look anyway
            self._bell.send(b".")

    def end(self) -> None:
        """Begin nothing more, wait for what is in hand."""
        self._is_ending = True
        self.look()
        self._thread.join()
        self._selector.close()
        self._ear.close()
        self._bell.close()

    def _run(self) -> None:
        while self._calls or not self._is_ending:
            self._begin()
            # Before the look at the sockets: what came until then is not too late.
            now = time.monotonic()
            for key, _ in self._selector.select(self._patience(now)):
                self._hear(key.data)
            self._go_on()
            self._end_pauses(time.monotonic())
            self._end_waits(now)

    def _begin(self) -> None:
        with suppress(IndexError):  # another board was faster
            while self._todo and len(self._calls) < self._most and not self._is_ending:
                call = _Call(self._attempt(self._todo.popleft()))
                self._calls.add(call)
                self._advance(call, call.attempt.send, None)

    def _patience(self, now: float) -> float | None:
        """Seconds to wait for sockets; None: as long as it takes."""
        if not self._calls:
            return None
        return max(0.0, min(self._pauses[0][0] - now, _LATE)) if self._pauses else _LATE

    def _hear(self, call: _Call | None) -> None:
        if call is None:
            with suppress(BlockingIOError):
                self._ear.recv(4096)
        else:
            self._advance(call, call.attempt.send, None)

    def _go_on(self) -> None:
        """With those whose errand is done."""
        while self._came_back:
            self._advance(*self._came_back.popleft())

    def _end_pauses(self, now: float) -> None:
        while self._pauses and self._pauses[0][0] <= now:
            call = heapq.heappop(self._pauses)[2]
            self._advance(call, call.attempt.send, None)

    def _end_waits(self, now: float) -> None:
        """Of those who waited in vain."""
        if now < self._look_again:
            return
        self._look_again = now + _LATE
        for call in [each for each in self._calls if each.until <= now]:
            if call.errand is None or call.errand.withdraw():
                self._advance(call, call.attempt.throw, TimeoutError())
            else:
                call.until = math.inf  # it has begun

    def _advance(self, call: _Call, step: _Step, given: Any) -> None:
        """To where it waits next, or to its end."""
        if call.waits_at is not None:
            self._selector.unregister(call.waits_at)
        call.waits_at = call.errand = None
        try:
            wait = call.run(step, given)
        except StopIteration as end:
            self._calls.discard(call)
            self._tell(end.value)
        else:
            self._wait(call, wait)

    def _wait(self, call: _Call, wait: Wait) -> None:
        call.until = wait.until
        if isinstance(wait, Pause):
            call.until = math.inf
            heapq.heappush(self._pauses, (wait.until, next(self._order), call))
        elif isinstance(wait, Elsewhere):
            call.errand = _Errand(wait.do, call.attempt, partial(self._come_back, call))
            self._pool.do(call.errand)
        else:
            reads = isinstance(wait, Readable)
            call.waits_at = wait.socket
            self._selector.register(
                wait.socket, selectors.EVENT_READ if reads else selectors.EVENT_WRITE, call
            )

    def _come_back(self, call: _Call, step: _Step, given: Any) -> None:
        """Called by a thread of the pool."""
        self._came_back.append((call, step, given))
        self.look()
