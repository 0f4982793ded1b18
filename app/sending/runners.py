"""Who does the work of this process: one thread that dispatches, and one for each chore."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from app.sending.chores import Chore, ChoreWork
from app.sending.loops import Loop, Work

__all__ = ["Crew", "ThreadRunner"]

_CHORE_TIMEOUT = 2.0  # seconds: they work in small transactions


class Crew:
    """The threads of this process. Those who rest do nothing until `start`, whoever wakes them."""

    def __init__(
        self, dispatch: Loop, chores: Sequence[Chore] = (), *, is_resting: bool = False
    ) -> None:
        self._dispatch = dispatch
        self._chores = {chore.name: Loop(chore.name, _working(chore)) for chore in chores}
        self._is_resting = is_resting
        self.stopping = threading.Event()

    def start(self) -> None:
        """Go on with all that waits."""
        self._is_resting = False
        for loop in (self._dispatch, *self._chores.values()):
            loop.start()

    def wake(self, chore: str | None = None) -> None:
        """There may be messages to send, or something for a chore to do: look now."""
        loop = self._dispatch if chore is None else self._chores.get(chore)
        if loop is not None and not self._is_resting:
            loop.wake()

    def is_resting(self) -> bool:
        """Is the work left to other processes?"""
        return self._is_resting

    def alive(self) -> bool:
        """Is the dispatcher of this process at work?"""
        return self._dispatch.alive()

    def stop(self, timeout: float) -> None:
        """Begin nothing any more, finish what is in flight, record it, within `timeout` seconds."""
        self.stopping.set()
        loops = (self._dispatch, *self._chores.values())
        for loop in loops:
            loop.stop(timeout=0)
        end = time.monotonic() + timeout
        for loop in loops if timeout else ():
            most = timeout if loop is self._dispatch else _CHORE_TIMEOUT
            loop.stop(max(0.0, min(most, end - time.monotonic())))


def _working(chore: Chore) -> Callable[[], Work]:
    return lambda: ChoreWork(chore)


class ThreadRunner:
    """All work on threads of this process: enough for one machine, and needs nothing else."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def wake(self, chore: str | None = None) -> None:
        """There may be work: look now rather than at the next poll."""
        self._crew.wake(chore)

    def schedule(self, transaction: object, at: datetime) -> None:
        """Nothing to do: whoever dispatches looks at the calendar with every claim."""

    def run_worker(self) -> None:
        """Work until the crew is told to stop."""
        self._crew.start()
        self._crew.stopping.wait()

    def alive(self) -> bool:
        """Is the dispatcher of this process at work?"""
        return self._crew.alive()

    def is_stopping(self) -> bool:
        """Was it told to stop?"""
        return self._crew.stopping.is_set()
