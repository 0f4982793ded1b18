"""What is done now and then beside sending, on a thread of its own."""

import logging
import threading
from collections.abc import Callable

from app.domain.errors import TryAgain

_log = logging.getLogger(__name__)


class Chore:
    """Does one thing at once and then again and again, until stopped."""

    def __init__(self, name: str, work: Callable[[], object], every: float) -> None:
        self._name = name
        self._work = work
        self._every = every  # seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it was begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing any more, and wait for what is being done, so many seconds."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work()
            except TryAgain as error:
                _log.warning("chore_put_off", extra={"chore": self._name, "reason": str(error)})
            except Exception:  # noqa: BLE001 (whatever it is, the next time it may work)
                _log.exception("chore_failed", extra={"chore": self._name})
            self._stopping.wait(self._every)
