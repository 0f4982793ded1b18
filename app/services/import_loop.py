"""The thread on which this process does imports, beside the one that sends."""

import logging
import os
import threading

from app.domain.errors import TryAgain
from app.services.import_work import ImportWork

_log = logging.getLogger(__name__)

_LOOK = 5.0  # seconds: for what other processes left behind
_TIDY = 720  # looks, about an hour


class ImportLoop:
    """Started when first needed, and again after a fork."""

    def __init__(self, work: ImportWork) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._process = 0
        self._stopping = False

    def start(self) -> None:
        """Begin, unless at work already or told to stop."""
        with self._lock:
            if not self.alive() and not self._stopping:
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._run, name="imports", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """There may be work: look now."""
        self._woken.set()
        self.start()

    def alive(self) -> bool:
        """Is the thread of this process at work?"""
        thread = self._thread
        return thread is not None and thread.is_alive() and self._process == os.getpid()

    def is_stopping(self) -> bool:
        """Was it told to stop?"""
        return self._stopping

    def stop(self, timeout: float) -> None:
        """Finish the chunk in hand and leave the rest to others, within `timeout` seconds."""
        self._stopping = True
        self._woken.set()
        if self.alive() and self._thread and timeout:
            self._thread.join(timeout)

    def _run(self) -> None:
        looks = 0
        while not self._stopping:
            self._woken.clear()
            try:
                if looks % _TIDY == 0:
                    self._work.forget_unused()
                looks += 1
                while (found := self._work.next()) is not None and not self.is_stopping():
                    self._work.run(found, should_stop=self.is_stopping)
            except TryAgain as error:
                _log.warning("import_waits", extra={"reason": str(error)})
            except Exception:  # noqa: BLE001 (whatever it is, the next import is another)
                _log.exception("import_loop_failed")
            if not self.is_stopping():
                self._woken.wait(_LOOK)
