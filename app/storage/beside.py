"""What is made is written in another thread, while this one makes more.

Databases work without Python's lock: two cores then do both in the time of the longer.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

_Of = TypeVar("_Of")


def nothing() -> None:
    """Nobody else has something to write."""


def write_each(
    made: Iterable[_Of],
    write: Callable[[_Of], object],
    *,
    is_last: Callable[[_Of], bool],
    between: Callable[[], object] = nothing,
) -> None:
    """Write each in order, and raise what that raises.

    `between` is called here while nothing is being written, after each was made. What is said to
    be the last is written here, since nobody waits for it meanwhile.
    """
    with ThreadPoolExecutor(1, "writer") as writer:
        writing: Future[None] | None = None
        for each in made:
            if writing is not None:
                writing.result()
            between()
            if is_last(each):
                write(each)
                return
            begun = Event()
            writing = writer.submit(_write, begun, write, each)
            begun.wait()  # else this thread keeps Python's lock, and the other waits for it
        if writing is not None:
            writing.result()


def _write(begun: Event, write: Callable[[_Of], object], what: _Of) -> None:
    begun.set()
    write(what)
