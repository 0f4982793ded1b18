"""What is done now and then."""

import threading

from app.domain.errors import TryAgain
from app.sending.chores import Chore


def test_a_chore_is_done_again_and_again_whatever_happens() -> None:
    done: list[int] = []
    enough = threading.Event()

    def work() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise TryAgain("later")
        if len(done) == 2:
            raise ValueError("broken")
        enough.set()

    chore = Chore("test", work, every=0.001)
    chore.start()
    chore.start()

    assert enough.wait(timeout=10)
    chore.stop(timeout=10)
    assert done[:3] == [0, 1, 2]


def test_a_chore_that_never_began_can_be_stopped() -> None:
    Chore("test", lambda: None, every=1).stop(timeout=0)
