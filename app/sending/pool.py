"""Threads for what blocks."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

_END = None  # tells a thread to end


class Pool:
    """At most so many threads, begun as they are needed; none keeps the process from ending."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._lock = threading.Lock()
        self._todo: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0

    def do(self, errand: Callable[[], object]) -> None:
        """Have it called when a thread is free; it must not raise. Any thread may call this."""
        with self._lock:
            self._unfinished += 1
            if len(self._threads) < min(self._most, self._unfinished):
                self._begin_one()
        self._todo.put(errand)

    def close(self) -> None:
        """Let the threads end when all that was given is done."""
        with self._lock:
            for _ in self._threads:
                self._todo.put(_END)
            self._threads.clear()

    def _begin_one(self) -> None:
        name = f"{self._name}_{len(self._threads)}"
        self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
        self._threads[-1].start()

    def _work(self) -> None:
        while (errand := self._todo.get()) is not _END:
            errand()
            with self._lock:
                self._unfinished -= 1
