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
