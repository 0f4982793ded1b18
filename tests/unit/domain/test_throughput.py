"""The pace of a sender: never more than its rate, and hardly ever less."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.throughput import HEADROOM, HORIZON, RECOVERY, OwnPace, Pace, reserve, weave

EPOCH = 1_772_452_800.0  # a time of today's size, since that is what costs floats their precision

RATES = st.one_of(st.sampled_from([0.5, 1.0, 10.0, 30.0, 51.0]), st.floats(0.1, 500.0))
STEPS = st.lists(
    st.tuples(st.floats(0.0, 2.0), st.integers(0, 40)),  # time passes, then so many are wanted
    max_size=60,
)


@dataclass
class Asked:
    """All slots that were given, and where it stands."""

    slots: list[float]
    now: float
    next_slot: float


def ask(rate: float, steps: list[tuple[float, int]], next_slot: float = 0.0) -> Asked:
    asked = Asked([], EPOCH, next_slot)
    for passed, wanted in steps:
        asked.now += passed
        given = reserve(asked.next_slot, rate, wanted, asked.now)
        asked.slots += given.slots
        asked.next_slot = given.next_slot
    return asked


def most_in_a_second(slots: list[float]) -> int:
    return max(
        (sum(start <= slot < start + 1 for slot in slots) for start in slots),
        default=0,
    )


@given(RATES, STEPS)
def test_no_second_ever_holds_more_than_the_rate(
    rate: float, steps: list[tuple[float, int]]
) -> None:
    assert most_in_a_second(ask(rate, steps).slots) <= ceil(rate)


@given(RATES, STEPS)
def test_slots_are_evenly_spaced_and_handed_out_once(
    rate: float, steps: list[tuple[float, int]]
) -> None:
    slots = ask(rate, steps).slots

    assert all(late - early >= 1 / rate for early, late in pairwise(slots))


@given(RATES, STEPS)
def test_no_slot_lies_in_the_past_or_far_ahead(rate: float, steps: list[tuple[float, int]]) -> None:
    next_slot, now = 0.0, EPOCH
    for passed, wanted in steps:
        now += passed
        given = reserve(next_slot, rate, wanted, now)
        assert len(given.slots) <= wanted
        assert all(now <= slot <= now + HORIZON + 1e-6 for slot in given.slots)
        assert given.next_slot >= next_slot
        next_slot = given.next_slot


@pytest.mark.parametrize("rate", [1.0, 7.0, 30.0, 100.0, 450.0])
@pytest.mark.parametrize("every", [0.005, 0.02, 0.049])
def test_a_busy_sender_that_is_asked_often_loses_little_of_its_rate(
    rate: float, every: float
) -> None:
    seconds = 20.0
    asked = ask(rate, [(every, 1000)] * int(seconds / every))

    assert len(asked.slots) >= rate * seconds * (1 - HEADROOM - 0.01) - 1


@given(RATES, st.integers(1, 100), st.floats(0.0, 10.0))
def test_after_the_wait_that_it_named_there_is_more(rate: float, wanted: int, ahead: float) -> None:
    given = reserve(EPOCH + ahead, rate, wanted, EPOCH)

    later = reserve(given.next_slot, rate, 1, EPOCH + given.wait)

    assert given.wait >= 0
    assert len(later.slots) == 1


@given(RATES, st.floats(1.0, 1e6))
def test_an_idle_sender_saves_nothing_up(rate: float, idle: float) -> None:
    rested = reserve(EPOCH - idle, rate, 1000, EPOCH).slots

    assert rested == reserve(0.0, rate, 1000, EPOCH).slots
    assert len(rested) <= HORIZON * rate + 1


def test_who_wants_nothing_uses_nothing_up() -> None:
    assert reserve(EPOCH + 3, 30, 0, EPOCH).next_slot == EPOCH + 3
    assert reserve(EPOCH + 3, 30, 5, EPOCH).slots == ()


@given(RATES)
def test_a_sender_that_was_never_throttled_has_its_whole_rate(rate: float) -> None:
    assert Pace(rate, 0.0).rate_at(EPOCH) == rate


@given(RATES, st.floats(0.0, 10.0))
def test_a_429_halves_the_rate_and_time_brings_it_back(rate: float, retry_after: float) -> None:
    slowed = Pace(rate, 0.0).throttled(retry_after, EPOCH)

    assert slowed.rate_at(EPOCH) == pytest.approx(rate / 2)
    assert slowed.next_slot >= EPOCH + retry_after
    rates = [slowed.rate_at(EPOCH + RECOVERY * share / 10) for share in range(11)]
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(rate)


@given(RATES, st.lists(st.floats(0.0, 30.0), max_size=30))
def test_however_often_it_is_throttled_a_sender_goes_on_and_never_faster_than_configured(
    rate: float, pauses: list[float]
) -> None:
    pace, now = Pace(rate, 0.0), EPOCH
    for pause in pauses:
        now += pause
        pace = pace.throttled(None, now)
        assert 0.01 * rate <= pace.rate_at(now) <= rate
        assert now < pace.next_slot <= now + 1.0


@given(RATES, st.lists(st.floats(0.0, 2.0), max_size=30))
def test_many_429s_of_one_moment_count_as_one(rate: float, pauses: list[float]) -> None:
    pace = Pace(rate, 0.0).throttled(None, EPOCH)

    again = pace
    for _ in pauses:
        again = again.throttled(None, EPOCH + 0.5)

    assert again.rate_at(EPOCH + 0.5) == pace.rate_at(EPOCH + 0.5)


@given(RATES, st.floats(1.0, 1e4), st.lists(st.floats(0.0, 0.999), max_size=30))
def test_all_429s_within_a_second_slow_down_once(
    rate: float, before: float, moments: list[float]
) -> None:
    first = Pace(rate, 0.0).throttled(None, EPOCH - before).throttled(None, EPOCH)

    again = first
    for moment in sorted(moments):
        again = again.throttled(None, EPOCH + moment)

    assert (again.slowed_to, again.slowed_at) == (first.slowed_to, first.slowed_at)


@given(RATES, st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_the_longest_retry_after_is_honoured(rate: float, one: float, other: float) -> None:
    pace = Pace(rate, 0.0).throttled(one, EPOCH).throttled(other, EPOCH + 0.1)

    assert pace.next_slot >= max(EPOCH + one, EPOCH + 0.1 + other)
    first = reserve(pace.next_slot, pace.rate_at(EPOCH + 0.2), 1000, EPOCH + 0.2).slots[:1]
    assert all(slot >= pace.next_slot for slot in first)


@given(RATES, st.lists(st.tuples(st.floats(0.0, 90.0), st.sampled_from("tu")), max_size=30))
def test_the_whole_rate_is_back_after_the_last_429_and_its_recovery(
    rate: float, trouble: list[tuple[float, str]]
) -> None:
    pace, now = Pace(rate, 0.0), EPOCH
    for passed, kind in trouble:
        now += passed
        pace = pace.throttled(None, now) if kind == "t" else pace.unreachable(now)
        assert 0 < pace.rate_at(now) <= rate

    assert pace.rate_at(now + RECOVERY) == rate


@given(RATES, st.floats(0.0, 60.0), st.floats(200.0, 1e9))
def test_a_clock_that_was_far_ahead_holds_nobody_back(
    rate: float, retry_after: float, ahead: float
) -> None:
    wrong = Pace(rate, 0.0).throttled(retry_after, EPOCH + ahead + 1 / rate)

    pace = wrong.believable(EPOCH)

    assert len(reserve(pace.next_slot, pace.rate_at(EPOCH), 1, EPOCH).slots) == 1
    assert pace.rate_at(EPOCH + RECOVERY) == rate


@given(RATES, st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_what_is_held_for_a_reason_is_believed(
    rate: float, retry_after: float, passed: float
) -> None:
    pace = Pace(rate, 0.0).throttled(retry_after, EPOCH)

    assert pace.believable(EPOCH + passed) == pace
    assert pace.believable(EPOCH - 0.5) == pace  # another machine's clock


@given(RATES, STEPS)
def test_a_sender_at_work_is_not_held(rate: float, steps: list[tuple[float, int]]) -> None:
    next_slot, now = 0.0, EPOCH
    for passed, wanted in steps:
        now += passed
        next_slot = reserve(next_slot, rate, wanted, now).next_slot

        assert Pace(rate, next_slot).held_until(now) is None


@given(RATES)
def test_a_sender_that_must_wait_says_until_when(rate: float) -> None:
    until = EPOCH + 2.5 / rate + 10
    pace = Pace(rate, until)

    assert pace.held_until(EPOCH) == until
    assert pace.held_until(until) is None


def test_an_unreachable_gateway_is_asked_less_often_but_asked() -> None:
    pace, now, pauses = Pace(30.0, 0.0), EPOCH, []
    for _ in range(50):
        pace = pace.unreachable(now)
        pauses.append(pace.next_slot - now)
        now = pace.next_slot

    assert pauses == sorted(pauses)
    assert 0 < pauses[0] < 1
    assert pauses[-1] <= 10


OWNERS = st.lists(st.sampled_from(["slow", "slower", None, "fast"]), max_size=30)


@given(RATES, st.lists(st.tuples(st.floats(0.0, 2.0), OWNERS), max_size=10))
def test_messages_of_campaigns_with_a_pace_keep_it_and_that_of_the_sender(
    rate: float, turns: list[tuple[float, list[str | None]]]
) -> None:
    paces, next_slot, now = {"slow": OwnPace(2.0, 0.0), "slower": OwnPace(0.5, 0.0)}, 0.0, EPOCH
    told: list[tuple[float, str | None]] = []
    for passed, owners in turns:
        now += passed
        given, kept = weave(next_slot, rate, owners, paces, now)
        told += zip(given.slots, owners, strict=True)
        next_slot, paces = given.next_slot, dict(kept)

    assert all(late - early >= 1 / rate for early, late in pairwise(sorted(at for at, _ in told)))
    for name, pace in paces.items():
        own = sorted(at for at, owner in told if owner == name)
        assert all(late - early >= 1 / pace.rate for early, late in pairwise(own))


def test_a_slow_campaign_takes_no_slot_that_another_could_use() -> None:
    owners = ["slow", "slow", *[None] * 20]
    given, paces = weave(0.0, 100.0, owners, {"slow": OwnPace(10.0, 0.0)}, EPOCH)

    every = (1 + HEADROOM) / 100
    assert sorted(given.slots) == pytest.approx([EPOCH + place * every for place in range(22)])
    assert given.slots[:2] == pytest.approx((EPOCH, EPOCH + 10 * every))
    assert paces["slow"].next_slot == pytest.approx(EPOCH + 20 * every)


def test_nobody_to_weave_changes_nothing() -> None:
    assert weave(5.0, 1.0, [], {}, EPOCH) == (reserve(5.0, 1.0, 0, EPOCH), {})


@pytest.mark.parametrize(("ahead", "believed"), [(0.5, 0.5), (2.0, 2.0), (4.0, 0.0), (1e6, 0.0)])
def test_a_slot_that_only_a_wrong_clock_can_have_put_there_is_not_waited_for(
    ahead: float, believed: float
) -> None:
    pace = OwnPace(1.0, EPOCH + ahead).believable(EPOCH)

    assert pace.next_slot == EPOCH + believed
    assert pace.wait(EPOCH) == pytest.approx(max(0.0, believed - HORIZON / 2))
