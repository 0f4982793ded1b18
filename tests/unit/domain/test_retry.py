"""Trying again: soon, then less often, and not for ever."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.retry import MAX_ATTEMPTS, again_at

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
JITTER = st.floats(0.0, 1.0, exclude_max=True)
WISHES = st.one_of(st.none(), st.floats(0.0, 60.0))


@given(st.integers(1, MAX_ATTEMPTS - 1), WISHES, JITTER)
def test_every_delay_is_bounded_and_no_shorter_than_vonages_wish(
    attempts: int, wish: float | None, jitter: float
) -> None:
    again = again_at(attempts, wish, NOW, None, jitter)

    assert again is not None
    delay = (again - NOW).total_seconds()
    assert (wish or 0.0) < delay <= (wish or 0.0) + 300


@given(st.integers(MAX_ATTEMPTS, 10**6), WISHES, JITTER)
def test_tries_come_to_an_end(attempts: int, wish: float | None, jitter: float) -> None:
    assert again_at(attempts, wish, NOW, None, jitter) is None


@given(JITTER)
def test_delays_grow_with_the_attempts(jitter: float) -> None:
    moments = [again_at(attempts, None, NOW, None, jitter) for attempts in range(1, MAX_ATTEMPTS)]

    assert moments == sorted(moment for moment in moments if moment)


@given(st.integers(1, MAX_ATTEMPTS), WISHES, JITTER, st.floats(-1000, 1000))
def test_nothing_is_tried_after_its_time(
    attempts: int, wish: float | None, jitter: float, left: float
) -> None:
    end = NOW + timedelta(seconds=left)

    again = again_at(attempts, wish, NOW, end, jitter)

    assert again is None or again <= end


def test_jitter_spreads_what_failed_together() -> None:
    moments = {again_at(8, None, NOW, None, share / 10) for share in range(1, 10)}

    assert len(moments) == 9


def test_all_tries_together_take_minutes_and_no_day() -> None:
    total = timedelta()
    for attempts in range(1, MAX_ATTEMPTS):
        again = again_at(attempts, None, NOW, None, 0.5)
        assert again is not None
        total += again - NOW

    assert timedelta(minutes=10) < total < timedelta(hours=24)
