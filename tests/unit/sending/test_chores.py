"""What is done now and then."""

import threading

from app.domain.errors import TryAgain
from app.sending.chores import Chore, ChoreWork, ShouldStop
from app.sending.loops import Loop


def test_a_chore_is_done_again_and_again_whatever_happens() -> None:
    done: list[int] = []
    enough = threading.Event()

    def work(_should_stop: ShouldStop) -> None:
        done.append(len(done))
        if len(done) == 1:
            raise TryAgain("later")
        if len(done) == 2:
            raise ValueError("broken")
        enough.set()

    loop = Loop("test", lambda: ChoreWork(Chore("test", work, every=0)))
    loop.start()

    assert enough.wait(timeout=10)
    loop.stop(timeout=10)
    assert not loop.alive()
    assert done[:3] == [0, 1, 2]


def test_a_chore_that_is_woken_is_done_before_it_is_due() -> None:
    done = threading.Semaphore(0)
    loop = Loop("test", lambda: ChoreWork(Chore("test", lambda _: done.release(), every=3600)))
    loop.start()
    assert done.acquire(timeout=10)

    loop.wake()

    assert done.acquire(timeout=10)
    loop.stop(timeout=10)


def test_long_work_is_told_when_to_stop() -> None:
    began, ended = threading.Event(), threading.Event()

    def work(should_stop: ShouldStop) -> None:
        began.set()
        while not should_stop():
            ended.wait(0.001)
        ended.set()

    loop = Loop("test", lambda: ChoreWork(Chore("test", work, every=3600)))
    loop.start()
    assert began.wait(10)

    loop.stop(timeout=10)

    assert ended.is_set()
    assert not loop.alive()
