"""Who hands messages to the gateway, and what comes back from them.

They do nothing else, so no database session is open while the network is waited for.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Self

from app.domain.message import Attempt, ClaimedMessage
from app.domain.waits import Waiting
from app.sending.board import Board
from app.sending.pool import Pool

GATHER = 0.025  # seconds that an outcome waits for others: what is recorded together costs less

_IN_ONE_HAND = 64  # attempts that a thread has in hand
_ERRANDS = 16  # threads for what blocks, such as opening a connection

_WAKE = None  # what `wake` puts among the attempts


class Hands:
    """Threads that have at most so many attempts in hand; all but `wake` is for one caller."""

    def __init__(self, attempt: Callable[[ClaimedMessage], Waiting[Attempt]], most: int) -> None:
        self._attempt = attempt
        self._most = most
        self._todo: deque[ClaimedMessage] = deque()
        self._done: SimpleQueue[Attempt | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._pool = Pool("errand", min(most, _ERRANDS))
        self._boards: list[Board] = []
        self.held = 0  # messages that were given and have not come back

    def __enter__(self) -> Self:
        self._look()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Wait for what is on its way; what has not begun stays in hand."""
        for board in self._boards:
            board.end()
        self._boards.clear()
        self._pool.close()

    def give(self, messages: Sequence[ClaimedMessage]) -> None:
        """Hand these to the gateway in this order, each when there is room for it."""
        self.held += len(messages)
        self._todo.extend(messages)
        self._look()

    def take_back(self) -> list[ClaimedMessage]:
        """What has not begun; it is in hand no longer."""
        messages: list[ClaimedMessage] = []
        with suppress(IndexError):
            while True:
                messages.append(self._todo.popleft())
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

    def _look(self) -> None:
        """Let the boards see what is to be done, and make them when there is something."""
        if self._todo and not self._boards:
            self._boards = [self._board(place) for place in range(0, self._most, _IN_ONE_HAND)]
        for board in self._boards:
            board.look()

    def _board(self, place: int) -> Board:
        most = min(_IN_ONE_HAND, self._most - place)
        board = Board(self._todo, self._attempt, self._tell, most, self._pool)
        board.start(f"send_{place // _IN_ONE_HAND}")
        return board

    def _tell(self, attempt: Attempt) -> None:
        self._done.put(attempt)
        if self._done.qsize() >= self.held:
            self._hurry.set()  # nobody else is on the way: there is nothing to wait for
