"""When a campaign is held, and when it is stopped."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import MessageStatus
from app.domain.policy import (
    BRAKE,
    DEFAULT_POLICY,
    NO_BRAKE,
    SPEND_CAP,
    Policy,
    Progress,
    at_least,
    canary_room,
    is_canary_over,
    why_stop,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

SHARES = st.none() | st.floats(0.001, 1)
POLICIES = st.builds(
    Policy,
    canary=st.none() | st.integers(0, 500),
    canary_from=st.integers(0, 5_000),
    canary_wait=st.floats(0, 1_000),
    max_failure_rate=SHARES,
    max_opt_out_rate=SHARES,
    spend_cap=st.none() | st.decimals("0.01", "1000", places=2),
    late_tolerance=st.none() | st.floats(60, 10_000),
    resend_after=st.none() | st.floats(60, 10_000),
)
COUNTS = st.dictionaries(st.sampled_from(MessageStatus), st.integers(0, 2_000))
PROGRESS = st.builds(
    Progress,
    counts=COUNTS,
    opt_outs=st.integers(0, 200),
    spent=st.decimals(0, 100, places=4),
    priced=st.integers(0, 2_000),
)


def progress(opt_outs: int = 0, spent: str = "0", priced: int = 0, **counts: int) -> Progress:
    named = {MessageStatus(name): count for name, count in counts.items()}
    return Progress(named, opt_outs, Decimal(spent), priced)


@given(POLICIES)
def test_a_policy_survives_storage(policy: Policy) -> None:
    assert Policy.from_json(json.loads(json.dumps(policy.as_json()))) == policy


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_the_sure_share_is_no_larger_than_the_seen_one(one: int, other: int) -> None:
    part, whole = sorted((one, other))

    assert 0 <= at_least(part, whole) <= (part / whole if whole else 0) + 1e-12


@given(st.integers(1, 50))
def test_more_of_the_same_makes_it_surer(times: int) -> None:
    assert at_least(30 * times, 100 * times) <= at_least(30 * (times + 1), 100 * (times + 1))


def test_few_observations_say_nothing() -> None:
    assert at_least(19, 19) == 0.0
    assert at_least(20, 20) > 0.8


@given(PROGRESS)
def test_without_a_brake_nothing_stops(seen: Progress) -> None:
    assert why_stop(NO_BRAKE, seen) is None


@given(POLICIES, PROGRESS)
def test_who_is_trusted_is_stopped_by_its_spend_cap_only(policy: Policy, seen: Progress) -> None:
    stop = why_stop(policy.trusted(), seen)

    assert stop is None or stop.rule == SPEND_CAP


@given(POLICIES, PROGRESS)
def test_a_stop_says_why_and_what_to_do(policy: Policy, seen: Progress) -> None:
    stop = why_stop(policy, seen)

    if stop is not None:
        assert stop.rule in {BRAKE, SPEND_CAP}
        assert stop.reason.startswith(f"{stop.rule}: ")
        assert "before you resume." in stop.reason


@given(POLICIES, COUNTS)
def test_nothing_stops_what_goes_well(policy: Policy, counts: dict[MessageStatus, int]) -> None:
    well = {MessageStatus.DELIVERED, MessageStatus.SUBMITTED, MessageStatus.ACCEPTED}
    seen = Progress({status: count for status, count in counts.items() if status in well})

    assert why_stop(policy, seen) is None


def test_failures_beyond_the_limit_stop() -> None:
    stop = why_stop(DEFAULT_POLICY, progress(delivered=50, rejected=30, failed=20))

    assert stop is not None
    assert stop.rule == BRAKE
    assert stop.reason == (
        "safety brake: 50 of 100 messages failed, the limit is 25%."
        " Look at their error codes before you resume."
    )


def test_failures_within_the_limit_do_not() -> None:
    assert why_stop(DEFAULT_POLICY, progress(delivered=75, rejected=25)) is None


def test_opt_outs_beyond_the_limit_stop() -> None:
    stop = why_stop(DEFAULT_POLICY, progress(opt_outs=20, accepted=100))

    assert stop is not None
    assert "20 of 100 recipients opted out, the limit is 5%" in stop.reason


def test_what_is_in_flight_counts_towards_the_spend_cap() -> None:
    policy = Policy(spend_cap=Decimal(10))

    # 50 cost 5.00, so the 50 that have no price yet will have cost as much.
    assert why_stop(policy, progress(spent="5", priced=50, delivered=50, accepted=49)) is None
    stop = why_stop(policy, progress(spent="5", priced=50, delivered=50, accepted=50))

    assert stop is not None
    assert stop.rule == SPEND_CAP
    assert stop.reason == (
        "spend cap: about 10.00 of 10.00 is spent. Raise the cap before you resume."
    )


@given(POLICIES, PROGRESS)
def test_the_canary_never_lets_out_more_than_its_size(policy: Policy, seen: Progress) -> None:
    room = canary_room(policy, seen)

    assert room >= 0
    assert not room or seen.tried + room == policy.canary


@given(POLICIES, PROGRESS, st.floats(0, 2_000))
def test_a_canary_ends_at_the_latest_when_its_time_is_over(
    policy: Policy, seen: Progress, seconds: float
) -> None:
    over = is_canary_over(policy, seen, NOW, NOW + timedelta(seconds=seconds))

    assert over or seconds <= policy.canary_wait + 1e-3


@pytest.mark.parametrize(("settled", "over"), [(79, False), (80, True), (100, True)])
def test_a_canary_is_over_when_most_of_it_is_settled(settled: int, over: bool) -> None:  # noqa: FBT001 (an expectation)
    seen = progress(delivered=settled, accepted=100 - settled)

    assert is_canary_over(DEFAULT_POLICY, seen, NOW, NOW) is over


@pytest.mark.parametrize(
    ("canary", "recipients", "needed"),
    [(100, 1_000, False), (100, 1_001, True), (None, 10**6, False), (0, 10**6, False)],
)
def test_small_campaigns_have_no_canary(
    canary: int | None,
    recipients: int,
    needed: bool,  # noqa: FBT001 (an expectation)
) -> None:
    assert Policy(canary=canary).needs_canary(recipients) is needed
