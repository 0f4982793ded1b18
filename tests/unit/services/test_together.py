"""What many ask for at once is done in one go, and each gets an answer of their own."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import TryAgain
from app.services.together import Together
from tests.support.site import eventually


class Work:
    """Doubles numbers; holds the first group until the gate opens."""

    def __init__(self, error: Exception | None = None) -> None:
        self.groups: list[list[int]] = []
        self.gate = threading.Event()
        self._error = error

    def __call__(self, asked: Sequence[int]) -> list[int]:
        self.groups.append(list(asked))
        assert self.gate.wait(10)
        if self._error is not None and 3 in asked:
            raise self._error
        return [2 * each for each in asked]


def do_all(together: Together[int, int], work: Work, asked: Sequence[int]) -> list[object]:
    """What each of these gets, where all but the first come while that is worked for."""

    def do(each: int) -> object:
        try:
            return together.do(each)
        except (TryAgain, ValueError) as error:
            return error

    with ThreadPoolExecutor(len(asked)) as pool:
        first = pool.submit(do, asked[0])
        eventually(lambda: len(work.groups) == 1)
        others = [pool.submit(do, each) for each in asked[1:]]
        eventually(lambda: len(together._waiting) == len(others))
        work.gate.set()
        return [first.result(), *(each.result() for each in others)]


def test_those_who_come_while_others_are_served_are_served_together() -> None:
    work = Work()

    assert do_all(Together(work, 100), work, range(10)) == [2 * each for each in range(10)]
    assert work.groups[0] == [0]
    assert sorted(work.groups[1]) == list(range(1, 10))
    assert len(work.groups) == 2


def test_a_group_is_of_a_bearable_size() -> None:
    work = Work()

    assert do_all(Together(work, 3), work, range(10)) == [2 * each for each in range(10)]
    assert max(map(len, work.groups)) == 3


def test_what_went_wrong_with_one_is_not_told_to_others() -> None:
    work = Work(ValueError("three"))

    answers = do_all(Together(work, 100), work, range(5))

    assert [each for each in answers if not isinstance(each, ValueError)] == [0, 2, 4, 8]
    assert str(answers[3]) == "three"


def test_where_the_database_is_away_all_are_told_so_at_once() -> None:
    work = Work(TryAgain("away"))

    answers = do_all(Together(work, 100), work, range(5))

    assert answers[0] == 0
    assert all(isinstance(each, TryAgain) for each in answers[1:])
    assert len(work.groups) == 2


def test_an_error_is_raised_to_who_asks_alone() -> None:
    work = Work(ValueError("three"))
    work.gate.set()

    with pytest.raises(ValueError, match="three"):
        Together(work, 100).do(3)


def test_whoever_was_worked_for_does_not_wait_for_the_next_group() -> None:
    gates = [threading.Event() for _ in range(3)]
    groups: list[list[int]] = []

    def work(asked: Sequence[int]) -> list[int]:
        groups.append(list(asked))
        assert gates[len(groups) - 1].wait(10)
        return list(asked)

    together = Together(work, 2)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(together.do, 0)
        eventually(lambda: len(groups) == 1)
        others = [pool.submit(together.do, each) for each in range(1, 5)]
        eventually(lambda: len(together._waiting) == len(others))
        gates[0].set()
        assert first.result(10) == 0
        gates[1].set()
        eventually(lambda: len(groups) == 3)  # and that one stays at work
        eventually(lambda: sum(each.done() for each in others) == 2)
        gates[2].set()
        assert [each.result(10) for each in others] == [1, 2, 3, 4]


def test_whatever_ends_the_work_nobody_waits_for_good() -> None:
    work = Work()
    together = Together(work, 100)

    def interrupted(asked: Sequence[int]) -> list[int]:
        work(asked)
        raise KeyboardInterrupt

    together._work = interrupted
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.do, 1)
        eventually(lambda: len(work.groups) == 1)
        others = [pool.submit(together.do, each) for each in (2, 3)]
        eventually(lambda: len(together._waiting) == 2)
        work.gate.set()
        kinds = [type(each.exception(10)) for each in (first, *others)]
    assert sorted(kind.__name__ for kind in kinds) == [
        *("KeyboardInterrupt", "KeyboardInterrupt", "TryAgain")
    ]
