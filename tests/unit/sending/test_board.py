"""One thread has many attempts in hand, and each has what it waited for."""

import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import pytest

from app.domain.message import Attempt, ClaimedMessage, Outcome, OutcomeKind
from app.domain.waits import Elsewhere, Pause, Readable, Waiting, Writable
from app.sending.board import Board
from app.sending.pool import Pool
from tests.support.outbox import waiting
from tests.support.site import eventually

Told = list[tuple[str, str]]  # message and reason, in the order of their ends
Do = Callable[[ClaimedMessage], Waiting[str]]


def soon(seconds: float = 10.0) -> float:
    return time.monotonic() + seconds


@contextmanager
def board(do: Do, count: int, most: int = 100, pool: Pool | None = None) -> Iterator[Told]:
    """What becomes of so many messages; in the end all of them are told."""
    told: Told = []

    def attempt(message: ClaimedMessage) -> Waiting[Attempt]:
        try:
            reason = yield from do(message)
        except Exception as error:  # noqa: BLE001 (told as the dispatcher does)
            reason = type(error).__name__
        now = datetime.now(UTC)
        return Attempt(message, Outcome(OutcomeKind.ACCEPTED, reason), now, now)

    def tell(ended: Attempt) -> None:
        told.append((ended.message.id.removeprefix("message "), ended.outcome.reason))

    todo = deque(waiting(count))
    made = Board(todo, attempt, tell, most, pool or Pool("errand", 2))
    made.start("board")
    try:
        made.look()
        yield told
        eventually(lambda: len(told) == count)
    finally:
        made.end()


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(40)]
    for ours, _ in made:
        ours.settimeout(0)
    yield made
    for pair in made:
        for end in pair:
            end.close()


def test_many_wait_at_once_on_one_thread_and_none_blocks_another(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    threads: set[int] = set()

    def do(message: ClaimedMessage) -> Waiting[str]:
        ours, _ = pairs[int(message.id.split()[1])]
        yield Writable(ours, soon())
        ours.send(b"question")
        yield Readable(ours, soon())
        threads.add(threading.get_ident())
        return ours.recv(10).decode()

    with board(do, 40) as told:
        for _, theirs in pairs:
            assert theirs.recv(10) == b"question"  # all are on their way before one is answered
        for place, (_, theirs) in reversed(list(enumerate(pairs))):
            theirs.send(b"%d" % place)

    assert sorted(told) == sorted((str(place), str(place)) for place in range(40))
    assert len(threads) == 1


def test_no_more_than_the_most_are_in_hand_and_they_begin_in_order() -> None:
    begun: list[str] = []
    gate = threading.Event()

    def do(message: ClaimedMessage) -> Waiting[str]:
        begun.append(message.id.split()[1])
        yield Elsewhere(lambda: gate.wait(10), math.inf)
        return ""

    with board(do, 9, most=2):
        eventually(lambda: len(begun) == 2)
        time.sleep(0.1)
        assert begun == ["0", "1"]
        gate.set()

    assert begun == [str(place) for place in range(9)]


def test_who_waits_in_vain_is_told_and_who_was_answered_in_time_is_not(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    """Also when nobody looked in time: the second finds its answer when its time is long over."""
    (silent, _), (answered, theirs) = pairs[:2]
    theirs.send(b"here")

    def do(message: ClaimedMessage) -> Waiting[str]:
        ours = silent if message.id == "message 0" else answered
        yield Readable(ours, time.monotonic() - 1)
        return "heard"

    with board(do, 2) as told:
        pass

    assert sorted(told) == [("0", "TimeoutError"), ("1", "heard")]


def test_what_blocks_is_done_elsewhere_and_comes_back() -> None:
    def fail() -> None:
        raise OSError

    def do(message: ClaimedMessage) -> Waiting[str]:
        if message.id == "message 0":
            name: str = yield Elsewhere(lambda: threading.current_thread().name, soon())
            return name.rstrip("01")
        yield Elsewhere(fail, soon())
        return "never"

    with board(do, 2) as told:
        pass

    assert sorted(told) == [("0", "errand_"), ("1", "OSError")]


def test_an_errand_that_could_not_begin_in_time_is_not_begun_and_one_that_did_is_waited_for() -> (
    None
):
    gate, begun = threading.Event(), []

    def hold(name: str) -> str:
        begun.append(name)
        assert gate.wait(10)
        return "done"

    def do(message: ClaimedMessage) -> Waiting[str]:
        done: str = yield Elsewhere(lambda: hold(message.id), time.monotonic() + 0.2)
        return done

    pool = Pool("errand", 1)
    with board(do, 2, pool=pool) as told:
        eventually(lambda: told == [("1", "TimeoutError")])
        gate.set()
    pool.do(gate.set)
    pool.close()

    assert told == [("1", "TimeoutError"), ("0", "done")]
    assert begun == ["message 0"]


def test_pauses_end_when_they_are_over_whatever_their_order() -> None:
    began = time.monotonic()
    lengths = {"0": 0.09, "1": 0.03, "2": 0.06}
    took: dict[str, float] = {}

    def do(message: ClaimedMessage) -> Waiting[str]:
        name = message.id.split()[1]
        yield Pause(began + lengths[name])
        took[name] = time.monotonic() - began
        return ""

    with board(do, 3) as told:
        pass

    assert [name for name, _ in told] == ["1", "2", "0"]
    assert all(took[name] >= length for name, length in lengths.items())


VOICE: ContextVar[str] = ContextVar("voice", default="nobody's")


def test_each_has_a_context_of_its_own() -> None:
    def do(message: ClaimedMessage) -> Waiting[str]:
        before = VOICE.get()
        VOICE.set(message.id)
        yield Pause(time.monotonic() + 0.02)
        return f"{before}, then {VOICE.get()}"

    with board(do, 2) as told:
        pass

    assert sorted(told) == [
        ("0", "nobody's, then message 0"),
        ("1", "nobody's, then message 1"),
    ]
