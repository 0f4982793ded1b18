"""What is foreseen, and how far it was from the truth."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.campaign import PlannedMessage
from app.domain.drift import Charged, compare
from app.domain.estimate import CountryCost, Estimate, estimate
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.prices import Price
from app.domain.tally import OTHER_REASONS, Tally
from tests.support.builders import numbers
from tests.support.fakes import START

PRICES = {"US": Price("US", "EUR", Decimal("0.01"), "operator")}
HOUR = timedelta(hours=1)
SPACE = 1.02  # seconds between two messages at one a second


def queued(number: str, segments: int = 1, due_at: datetime = AT_ONCE) -> PlannedMessage:
    return PlannedMessage(PhoneNumber(number), "x", segments, MessageStatus.QUEUED, due_at=due_at)


def tallied(*messages: PlannedMessage) -> Tally:
    tally = Tally(START)
    assert list(tally.watch(messages)) == list(messages)
    return tally


def test_costs_are_summed_by_country_and_what_has_no_price_is_told_apart() -> None:
    tally = tallied(queued("+14155550101", 2), queued("+14155550102"), queued("+447700900123", 3))

    foreseen = estimate(tally, PRICES, 1.0, 0.0, START)

    assert foreseen.countries == (
        CountryCost("GB", 1, 3),
        CountryCost("US", 2, 3, Decimal("0.01"), "EUR", "operator"),
    )
    assert foreseen.costs == {"EUR": Decimal("0.03")}
    assert foreseen.unpriced == (1, 3)
    assert (foreseen.messages, foreseen.segments) == (3, 6)


@pytest.mark.parametrize(
    ("now", "held", "canary_wait", "seconds"),
    [
        (0, {}, 15.0, 0),  # nobody: done at once
        (100, {}, 0.0, 100 * SPACE),
        (100, {}, 15.0, 100 * SPACE + 15),
        (0, {HOUR: 10}, 0.0, 3600 + 10 * SPACE),
        (10, {HOUR: 10}, 0.0, 3600 + 10 * SPACE),
        (5_000, {HOUR: 10}, 0.0, 5_010 * SPACE),  # still busy when the hold ends
        (0, {HOUR: 5_000, 2 * HOUR: 10}, 0.0, 3600 + 5_010 * SPACE),
        (0, {HOUR: 10, 3 * HOUR: 10}, 0.0, 3 * 3600 + 10 * SPACE),
    ],
)
def test_the_end_follows_from_rate_and_holds(
    now: int, held: dict[timedelta, int], canary_wait: float, seconds: float
) -> None:
    tally = Tally(START, sent_now=now)
    tally.held.update({START + wait: count for wait, count in held.items()})

    foreseen = estimate(tally, {}, 1.0, canary_wait, START)

    assert (foreseen.finishes_at - START).total_seconds() == pytest.approx(seconds)


def test_an_end_beyond_the_calendar_is_the_end_of_it() -> None:
    tally = Tally(datetime.max.replace(tzinfo=START.tzinfo), sent_now=1)

    assert estimate(tally, {}, 0.001, 0.0, START).finishes_at.year == 9999


def test_what_is_due_before_the_beginning_is_not_held() -> None:
    tally = tallied(
        queued("+14155550101", due_at=START - HOUR),
        queued("+14155550102", due_at=START),
        queued("+14155550103", due_at=START + HOUR),
    )

    assert (tally.sent_now, dict(tally.held), tally.people) == (2, {START + HOUR: 1}, 3)


def test_very_many_reasons_are_counted_together() -> None:
    skipped = [
        PlannedMessage(PhoneNumber(number), "", 0, MessageStatus.SKIPPED, f"reason {place}")
        for place, number in enumerate(numbers(150))
    ]

    tally = tallied(*skipped, *(skipped[:3]))

    assert len(tally.skipped) == 101
    assert tally.skipped[OTHER_REASONS] == 50
    assert tally.skipped["reason 0"] == 2
    assert tally.skipped.total() == 153


def test_an_estimate_of_a_country_is_kept_as_it_is() -> None:
    for cost in (CountryCost("GB", 1, 3), CountryCost("US", 2, 3, Decimal("0.01"), "EUR", "x")):
        assert CountryCost.from_json(cost.as_json()) == cost


FORESEEN = Estimate(
    START,
    START,
    START + HOUR,
    1.0,
    30,
    30,
    (
        CountryCost("US", 20, 20, Decimal("0.01"), "EUR", "operator"),
        CountryCost("GB", 10, 10),
    ),
)


def charged(amount: str, segments: int, counted: int, country: str = "US") -> Charged:
    return Charged(country, "EUR", Decimal(amount), counted, segments, counted)


@pytest.mark.parametrize(
    ("heard", "ends", "segments", "cost", "alarms"),
    [
        ([], None, None, None, 0),
        ([charged("0.10", 10, 10)], None, 0.0, 0.0, 0),
        ([charged("0.109", 10, 10)], None, 0.0, 0.09, 0),
        ([charged("0.12", 10, 10)], None, 0.0, 0.2, 1),
        ([charged("0.05", 10, 10)], None, 0.0, -0.5, 1),
        ([charged("0.10", 12, 10)], None, 0.2, 0.0, 1),
        ([charged("0.20", 20, 10)], None, 1.0, 1.0, 2),
        ([charged("0.10", 10, 10)], HOUR, 0.0, 0.0, 0),
        ([charged("0.10", 10, 10)], 1.2 * HOUR, 0.0, 0.0, 0),
        ([charged("0.10", 10, 10)], 2 * HOUR, 0.0, 0.0, 1),
        ([charged("0.10", 10, 10)], 0.5 * HOUR, 0.0, 0.0, 0),
        ([charged("9", 10, 10, "GB")], None, 0.0, None, 0),  # nobody knew its price
    ],
)
def test_drift_is_told_and_what_is_too_far_off_is_an_alarm(
    heard: list[Charged],
    ends: timedelta | None,
    segments: float | None,
    cost: float | None,
    alarms: int,
) -> None:
    found = compare(FORESEEN, heard, START + ends if ends else None)

    assert found.segments_drift == pytest.approx(segments)
    assert [each.drift for each in found.costs] == (
        [] if not heard else [None if cost is None else pytest.approx(cost)]
    )
    assert len(found.alarms) == alarms
    late = None if ends is None else (ends - HOUR).total_seconds()
    assert found.late_seconds == pytest.approx(late)
