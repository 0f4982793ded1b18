"""An outbox in memory that does as it is told, and looks who calls it."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from app.domain.message import Attempt, Claim, ClaimedMessage
from app.sending.dispatcher import Dispatcher
from tests.support.builders import claimed


def waiting(count: int, first: int = 0) -> list[ClaimedMessage]:
    """So many messages to be claimed."""
    return [claimed(id=f"message {place}") for place in range(first, first + count)]


class FakeOutbox:
    """Gives what waits in order, keeps what is recorded, and fails as often as it is told."""

    def __init__(self, messages: Iterable[ClaimedMessage] = ()) -> None:
        self.waiting = deque(messages)
        self.claimed: list[ClaimedMessage] = []
        self.recorded: list[Attempt] = []
        self.rooms: list[int] = []
        self.calls: list[str] = []
        self.callers: set[int] = set()
        self.failures: dict[str, deque[Exception]] = {"claim": deque(), "record": deque()}
        self.on_failure: Callable[[], None] = lambda: None

    def claim(self, room: int, now: datetime) -> Claim:
        del now
        self._called("claim")
        self.rooms.append(room)
        taken = [self.waiting.popleft() for _ in range(min(room, len(self.waiting)))]
        self.claimed += taken
        return Claim(tuple(taken), 0.0 if self.waiting else None)

    def record(self, attempts: Sequence[Attempt], now: datetime) -> None:
        del now
        self._called("record")
        self.recorded += attempts

    def sweep(self, now: datetime) -> int:
        del now
        self._called("sweep")
        return 0

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self.callers.add(threading.get_ident())
        if self.failures.get(name):
            self.on_failure()
            raise self.failures[name].popleft()

    @property
    def is_done(self) -> bool:
        """Has all that waited been recorded?"""
        return not self.waiting and len(self.recorded) == len(self.claimed)


@contextmanager
def running(dispatcher: Dispatcher) -> Iterator[threading.Thread]:
    """The dispatcher at work on a thread of its own; it must end when told."""
    thread = threading.Thread(target=dispatcher.run)
    thread.start()
    try:
        yield thread
    finally:
        dispatcher.stop()
        thread.join(10)
    assert not thread.is_alive()
