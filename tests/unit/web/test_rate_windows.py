"""Requests of a minute, counted without keeping what is over."""

from concurrent.futures import ThreadPoolExecutor

from app.web.rate_windows import OwnWindows

BEGIN = 1_000_000_020.0  # of a minute


class Watch:
    """A time that tests set."""

    time = BEGIN

    def __call__(self) -> float:
        return self.time


def test_each_rule_and_caller_has_a_count_of_its_own() -> None:
    windows = OwnWindows(Watch())

    asked = [("api", "a"), ("api", "a"), ("api", "b"), ("pages", "a"), ("api", "a")]
    assert [windows.hit(*each, 2)[0] for each in asked] == [1, 0, 1, 1, -1]


def test_all_begin_anew_with_the_minute_and_nothing_old_is_kept() -> None:
    watch = Watch()
    windows = OwnWindows(watch)
    assert windows.hit("api", "a", 1) == (0, BEGIN + 60)
    watch.time += 59.9
    assert windows.hit("api", "b", 1) == (0, BEGIN + 60)
    watch.time += 0.2
    assert windows.hit("api", "a", 1) == (0, BEGIN + 120)
    assert list(windows._counts) == [("api", "a")]


def test_a_clock_that_is_set_back_refuses_nobody_for_long() -> None:
    watch = Watch()
    windows = OwnWindows(watch)
    windows.hit("api", "a", 1)
    watch.time -= 86_400
    assert windows.hit("api", "a", 1) == (0, watch.time + 60)


def test_threads_lose_no_request() -> None:
    windows = OwnWindows(Watch())
    with ThreadPoolExecutor(8) as crew:
        for _ in range(800):
            crew.submit(windows.hit, "api", "a", 1_000)

    assert windows.hit("api", "a", 1_000)[0] == 199
