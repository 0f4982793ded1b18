"""What an attempt waits for, so that one thread can have many of them in hand.

An attempt is a generator: it yields what it waits for, is resumed when that is there, and returns
what came of it. Times are seconds of `time.monotonic`. Where `until` is over first, TimeoutError
is raised where it waits.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from socket import socket
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing, until then."""

    until: float


@dataclass(frozen=True, slots=True)
class Readable:
    """Something to read, or the end, from a socket that does not block."""

    socket: socket
    until: float


@dataclass(frozen=True, slots=True)
class Writable:
    """Room to write to a socket that does not block."""

    socket: socket
    until: float


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that blocks and is done on another thread: what it returns, or raises, is had.

    `until` is when it must have begun; how long it takes is its own affair.
    """

    do: Callable[[], Any]
    until: float


Wait = Pause | Readable | Writable | Elsewhere

T = TypeVar("T")
Waiting = Generator[Wait, Any, T]
"""Something that waits now and then, and returns a T in the end."""
