"""A thread that works for as long as its process lives."""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger(__name__)

_AFTER_FAILURE = 1.0  # seconds, so that a lasting fault does not fill the log


class Work(Protocol):
    """What a thread does until it is told to stop; any thread may call all but `run`."""

    def run(self) -> None: ...
    def wake(self) -> None: ...
    def stop(self) -> None: ...
    @property
    def stopped(self) -> bool: ...


class Loop:
    """Runs one work on a thread, started when first needed and again after a fork."""

    def __init__(self, name: str, make: Callable[[], Work]) -> None:
        self._name = name
        self._make = make
        self._lock = threading.Lock()
        self._work: Work | None = None
        self._thread: threading.Thread | None = None
        self._process = 0
        self._stopping = False

    def start(self) -> None:
        """Begin, unless at work already or told to stop."""
        with self._lock:
            if not self.alive() and not self._stopping:
                self._process = os.getpid()
                self._work = self._make()
                self._thread = threading.Thread(
                    target=self._run, args=(self._work,), name=self._name, daemon=True
                )
                self._thread.start()

    def wake(self) -> None:
        """There may be something to do: look now."""
        if not self.alive():
            self.start()
        if self._work is not None:
            self._work.wake()

    def alive(self) -> bool:
        """Is the thread of this process at work?"""
        thread = self._thread
        # A thread does not survive a fork, whatever the copied object says.
        return thread is not None and thread.is_alive() and self._process == os.getpid()

    def stop(self, timeout: float) -> None:
        """Finish what is begun and leave, within `timeout` seconds."""
        self._stopping = True
        if self.alive() and self._work and self._thread:
            self._work.stop()
            if timeout:
                self._thread.join(timeout)

    def _run(self, work: Work) -> None:
        while not work.stopped:
            try:
                work.run()
            except Exception:  # noqa: BLE001 (whatever it is, the next message must still go out)
                _log.exception(f"{self._name}_failed")
                time.sleep(_AFTER_FAILURE)
