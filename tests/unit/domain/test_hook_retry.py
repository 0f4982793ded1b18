"""When a webhook is tried again: exponentially, for a day, at the endpoint's own wish."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.hook_retry import again_at, is_hopeless, pause_after
from tests.support.fakes import START

DAY = timedelta(hours=24)


def tries(jitter: float) -> list[timedelta]:
    """The moments of all tries of one delivery, since the first."""
    at, found = START, [timedelta(0)]
    while again := again_at(len(found), START, at, None, jitter):
        at = again
        found.append(at - START)
    return found


def test_a_day_of_tries_is_about_a_dozen() -> None:
    moments = tries(0.5)

    assert [each.total_seconds() for each in moments[:5]] == [0, 10, 40, 130, 400]
    assert len(moments) in range(10, 15)
    assert DAY - timedelta(hours=5) < moments[-1] <= DAY


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 10_000))
def test_it_is_never_sooner_than_seven_seconds_and_never_later_than_a_day(
    jitter: float, attempt: int
) -> None:
    again = again_at(attempt, START, START, None, jitter)

    assert again is not None
    assert timedelta(seconds=7) < again - START <= timedelta(hours=5)
    assert again_at(attempt, START, START + DAY, None, jitter) is None


def test_an_endpoint_may_wish_for_later_and_not_for_sooner() -> None:
    def seconds(wish: float | None) -> float:
        again = again_at(1, START, START, wish, 0.5)
        assert again is not None
        return (again - START).total_seconds()

    assert (seconds(None), seconds(1), seconds(120), seconds(999_999)) == (10, 10, 120, 14_400)


def test_an_endpoint_that_fails_is_called_once_a_minute_and_given_up_after_a_week() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 7, 99_999)] == [1, 2, 4, 60, 60]
    assert not is_hopeless(None, START)
    assert not is_hopeless(START, START + timedelta(days=6, hours=23))
    assert is_hopeless(START, START + timedelta(days=7))
