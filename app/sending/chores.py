"""What is done now and then beside sending."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import TryAgain

_log = logging.getLogger(__name__)

ShouldStop = Callable[[], bool]
"""Asked between the parts of long work: is it time to leave the rest to others?"""


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do at once and then again and again. Any number of processes may, at once."""

    name: str
    work: Callable[[ShouldStop], object]
    every: int  # seconds

    def do(self, should_stop: ShouldStop) -> None:
        """Once. Whatever goes wrong is logged: the next time it may work."""
        try:
            self.work(should_stop)
        except TryAgain as error:
            _log.warning("chore_put_off", extra={"chore": self.name, "reason": str(error)})
        except Exception:  # noqa: BLE001 (said above)
            _log.exception("chore_failed", extra={"chore": self.name})


class ChoreWork:
    """A chore as the work of a thread (`loops.Work`)."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Do it until stopped."""
        while not self.stopped:
            self._woken.clear()
            self._chore.do(self._stopping.is_set)
            if not self.stopped:
                self._woken.wait(self._chore.every)

    def wake(self) -> None:
        """Do it now rather than when it is due."""
        self._woken.set()

    def stop(self) -> None:
        """Finish what is being done, and begin nothing any more."""
        self._stopping.set()
        self._woken.set()

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()
