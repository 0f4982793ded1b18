"""Where a dispatcher runs: on a thread of this process."""

import logging
import os
import threading
import time
from collections.abc import Callable

from app.sending.dispatcher import Dispatcher

_log = logging.getLogger(__name__)

_AFTER_FAILURE = 1.0  # seconds, so that a lasting fault does not fill the log


class ThreadRunner:
    """Runs one dispatcher on a thread, started when first needed and again after a fork."""

    def __init__(self, make_dispatcher: Callable[[], Dispatcher]) -> None:
        self._make = make_dispatcher
        self._lock = threading.Lock()
        self._dispatcher: Dispatcher | None = None
        self._thread: threading.Thread | None = None
        self._process = 0
        self._stopping = False

    def start(self) -> None:
        """Begin, unless at work already or told to stop."""
        with self._lock:
            if not self.alive() and not self._stopping:
                self._process = os.getpid()
                self._dispatcher = self._make()
                self._thread = threading.Thread(
                    target=self._run, args=(self._dispatcher,), name="dispatcher", daemon=True
                )
                self._thread.start()

    def wake(self) -> None:
        """There may be work: look now rather than at the next poll."""
        if not self.alive():
            self.start()
        if self._dispatcher is not None:
            self._dispatcher.wake()

    def alive(self) -> bool:
        """Is the dispatcher of this process at work?"""
        thread = self._thread
        # A thread does not survive a fork, whatever the copied object says.
        return thread is not None and thread.is_alive() and self._process == os.getpid()

    def is_stopping(self) -> bool:
        """Was it told to stop?"""
        return self._stopping

    def stop(self, timeout: float) -> None:
        """Claim no more, finish what is in flight, record it, leave within `timeout` seconds."""
        self._stopping = True
        if self.alive() and self._dispatcher and self._thread:
            self._dispatcher.stop()
            if timeout:
                self._thread.join(timeout)

    @staticmethod
    def _run(dispatcher: Dispatcher) -> None:
        while not dispatcher.stopped:
            try:
                dispatcher.run()
            except Exception:  # noqa: BLE001 (whatever it is, the next message must still go out)
                _log.exception("dispatcher_failed")
                time.sleep(_AFTER_FAILURE)
