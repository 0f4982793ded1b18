"""Writing beside making: in order, never two at once, and no mistake is lost."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from app.storage.beside import write_each


def never(_: int) -> bool:
    return False


def test_all_are_written_in_their_order() -> None:
    written: list[int] = []
    write_each(range(100), written.append, is_last=never)
    assert written == [*range(100)]


def test_more_is_made_while_something_is_written() -> None:
    second = threading.Event()

    def made() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    def write(_: int) -> None:
        assert second.wait(10), "the second is made only after the first was written"

    write_each(made(), write, is_last=never)


def test_whoever_writes_between_is_alone() -> None:
    busy = threading.Lock()
    seen: list[str] = []

    def write(each: int) -> None:
        with busy:
            seen.append(f"wrote {each}")

    def between() -> None:
        assert busy.acquire(blocking=False)
        seen.append("between")
        busy.release()

    write_each([1, 2], write, is_last=never, between=between)
    assert seen == ["between", "wrote 1", "between", "wrote 2"]


def test_the_last_is_written_by_this_thread() -> None:
    threads: dict[int, threading.Thread] = {}

    def write(each: int) -> None:
        threads[each] = threading.current_thread()

    write_each([1, 2], write, is_last=lambda each: each == 2)
    assert threads[1] is not threading.current_thread()
    assert threads[2] is threading.current_thread()


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_what_writing_raises_is_raised_and_nothing_more_is_written(broken: int) -> None:
    written: list[int] = []

    def write(each: int) -> None:
        if each == broken:
            raise ValueError(each)
        written.append(each)

    with pytest.raises(ValueError, match=str(broken)):
        write_each(range(3), write, is_last=never)
    assert written == [*range(broken)]


def test_what_making_raises_is_raised_when_the_writing_has_ended() -> None:
    written: list[int] = []

    def made() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_each(made(), written.append, is_last=never)
    assert written == [1]


def test_no_thread_stays() -> None:
    before = threading.active_count()
    write_each(zip(range(3), count(), strict=False), lambda _: None, is_last=lambda _: False)
    assert threading.active_count() == before
