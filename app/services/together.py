"""Work that many threads ask for at the same moment, done in one go.

A transaction costs as much for one receipt as for ten, and on SQLite only one can be open. So while
one is, those who come wait together, and the first of them then works for all. Each waits at a lock
of their own: at one for all, whoever was worked for would wait behind the next transaction.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.domain.errors import TryAgain

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Place(Generic[_Asked, _Answer]):
    """One who waits at a gate, until worked for or to work for those who wait.

    `end` is set last, and then tells the answer or raises the error.
    """

    asked: _Asked
    end: Callable[[], _Answer] | None = None
    gate: threading.Lock = field(default_factory=_closed)


class Together(Generic[_Asked, _Answer]):
    """Shares one call of `work` among those who wait for it; it answers in the same order."""

    def __init__(self, work: Callable[[Sequence[_Asked]], Sequence[_Answer]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[_Place[_Asked, _Answer]] = deque()
        self._lock = threading.Lock()
        self._is_working = False  # somebody is, or was just called to

    def do(self, asked: _Asked) -> _Answer:
        """What `work` answers to this, after it returned; raises what it raises.

        A mistake in what one asked is not the others' misfortune: then each is worked for alone.
        """
        mine = _Place[_Asked, _Answer](asked)
        with self._lock:
            must_wait, self._is_working = self._is_working, True
            self._waiting.append(mine)
        if must_wait:
            mine.gate.acquire()
        if mine.end is None:
            self._serve()
        assert mine.end is not None
        return mine.end()

    def do_all(self, asked: Sequence[_Asked]) -> list[Callable[[], _Answer]]:
        """The same for many of one who waits for nobody: what answers each, or raises its error."""
        places = [_Place[_Asked, _Answer](each) for each in asked]
        for start in range(0, len(places), self._most):
            self._answer(places[start : start + self._most])
        return [place.end for place in places if place.end is not None]

    def _serve(self) -> None:
        """Work for the first who wait, then call the next of the others."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._answer(group)
        finally:
            with self._lock:
                called = [self._waiting[0]] if self._waiting else []
                self._is_working = bool(called)
            _fail([place for place in group if place.end is None], TryAgain("it was cut short"))
            for place in (*called, *group):
                place.gate.release()

    def _answer(self, group: Sequence[_Place[_Asked, _Answer]]) -> None:
        try:
            self._work_for(group)
        except TryAgain as away:
            _fail(group, away)
        except Exception:  # noqa: BLE001 (it is raised to whom it belongs)
            for place in group:
                self._work_for_one(place)

    def _work_for_one(self, place: _Place[_Asked, _Answer]) -> None:
        try:
            self._work_for([place])
        except Exception as error:  # noqa: BLE001 (the same)
            _fail([place], error)

    def _work_for(self, group: Sequence[_Place[_Asked, _Answer]]) -> None:
        answers = self._work([place.asked for place in group])
        for place, answer in zip(group, answers, strict=True):
            place.end = _returning(answer)


def _returning(answer: _Answer) -> Callable[[], _Answer]:
    return lambda: answer


def _fail(group: Sequence[_Place[_Asked, _Answer]], error: Exception) -> None:
    def end() -> _Answer:
        raise error

    for place in group:
        place.end = end
