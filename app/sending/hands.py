"""The threads that hand messages to the gateway, and what comes back from them.

They do nothing else, so no database session is open while the network is waited for.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Self

from app.domain.message import Attempt, ClaimedMessage

GATHER = 0.025  # seconds that an outcome waits for others: what is recorded together costs less

_END = None  # tells a thread to end
_WAKE = None  # what `wake` puts among the attempts


class Hands:
    """At most so many threads, begun as they are needed; all but `wake` is for one caller."""

    def __init__(self, attempt: Callable[[ClaimedMessage], Attempt], most: int) -> None:
        self._attempt = attempt
        self._most = most
        self._todo: SimpleQueue[ClaimedMessage | None] = SimpleQueue()
        self._done: SimpleQueue[Attempt | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._threads: list[threading.Thread] = []
        self.held = 0  # messages that were given and have not come back

    def __enter__(self) -> Self:
        self.give(())
        return self

    def __exit__(self, *_exception: object) -> None:
        """Wait for what is on its way; what has not begun stays in hand."""
        rest = self._not_begun()
        for _ in self._threads:
            self._todo.put(_END)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        for message in rest:
            self._todo.put(message)

    def give(self, messages: Sequence[ClaimedMessage]) -> None:
        """Hand these to the gateway in this order, each when a thread is free."""
        self.held += len(messages)
        while len(self._threads) < min(self._most, self.held):
            name = f"send_{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()
        for message in messages:
            self._todo.put(message)

    def take_back(self) -> list[ClaimedMessage]:
        """What no thread has begun with; it is in hand no longer."""
        messages = self._not_begun()
        self.held -= len(messages)
        return messages

    def wake(self) -> None:
        """End a `wait`, now or the next one. Any thread may call this."""
        self._done.put(_WAKE)
        self._hurry.set()

    def wait(self, seconds: float) -> list[Attempt]:
        """What came back: after `seconds` at most, and a moment after the first of it."""
        end = time.monotonic() + seconds
        try:
            came = [self._done.get(timeout=max(0.0, seconds))]
        except Empty:
            return []
        self._hurry.wait(min(GATHER, max(0.0, end - time.monotonic())))
        self._hurry.clear()
        with suppress(Empty):
            while True:
                came.append(self._done.get_nowait())
        attempts = [each for each in came if each is not _WAKE]
        self.held -= len(attempts)
        return attempts

    def _not_begun(self) -> list[ClaimedMessage]:
        messages: list[ClaimedMessage] = []
        with suppress(Empty):
            while message := self._todo.get_nowait():
                messages.append(message)
        return messages

    def _work(self) -> None:
        while (message := self._todo.get()) is not _END:
            self._done.put(self._attempt(message))
            if self._done.qsize() >= self.held:
                self._hurry.set()  # nobody else is on the way: there is nothing to wait for
