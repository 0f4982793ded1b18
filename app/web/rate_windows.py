"""Requests counted by the minute, in this process."""

import threading
import time
from collections.abc import Callable

MINUTE = 60
"""Seconds of a window."""


class OwnWindows:
    """Counts for all callers begin anew together, so that none is kept longer than a minute."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[tuple[str, str], int] = {}

    def hit(self, rule: str, who: str, per_minute: int) -> tuple[int, float]:
        """Count one request; how many may follow, below 0 beyond the limit, and until when."""
        minute = int(self._now()) // MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            count = self._counts[rule, who] = self._counts.get((rule, who), 0) + 1
        return per_minute - count, (minute + 1) * MINUTE
