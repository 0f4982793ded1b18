"""What a preview warns of, and what it does not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.campaign import PlannedMessage
from app.domain.estimate import estimate
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.policy import NO_BRAKE
from app.domain.preview import Decision, Survey
from app.domain.prices import Price
from app.domain.segments import count_segments
from app.domain.tally import Tally
from app.domain.warnings import Facts, warnings_of
from tests.support.builders import SENDER
from tests.support.fakes import START

US, GB = "+14155550101", "+447700900123"
PRICES = {code: Price(code, "EUR", Decimal("0.5"), "operator") for code in ("US", "CA", "GB")}


def facts(text: str = "Hello", *numbers: str, sender: str = SENDER, hold: float = 0) -> Facts:
    survey = Survey(Tally(START))
    due_at = START + timedelta(hours=hold) if hold else AT_ONCE
    for number in numbers or (US, GB):
        segments = count_segments(text).segments
        planned = PlannedMessage(
            PhoneNumber(number), text, segments, MessageStatus.QUEUED, due_at=due_at
        )
        survey.add_all([Decision(planned)])
    return Facts(text, sender, survey, estimate(survey.tally, PRICES, 1.0, 0.0, START), NO_BRAKE)


def rules(given: Facts) -> list[str]:
    return [each.rule for each in warnings_of(given)]


def test_an_ordinary_campaign_has_no_warning() -> None:
    assert rules(facts()) == []


@pytest.mark.parametrize(
    "text",
    [
        "See https://bit.ly/abc",
        "See BIT.LY/abc.",
        "tinyurl.com/x",
        "(t.co/x)",
        "go to goo.gl.",
        "https://is.gd",
    ],
)
def test_public_shorteners_are_found(text: str) -> None:
    assert rules(facts(text)) == ["public link shortener"]


@pytest.mark.parametrize(
    "text",
    [
        "See https://shop.example/bit",
        "rabbit.ly/x",
        "orbit.lyon.example",
        "not.co/x",
        "t.community/x",
        "my-bit.ly",
        "t.co.example",
    ],
)
def test_other_links_are_left_alone(text: str) -> None:
    assert rules(facts(text)) == []


def test_a_link_that_comes_with_a_recipient_is_found() -> None:
    shown = facts("See https://bit.ly/abc")

    assert rules(replace(shown, template="See {{ link }}")) == ["public link shortener"]


@pytest.mark.parametrize(
    ("numbers", "sender", "expected"),
    [
        ((US,), "Bells", ["name as sender"]),
        (("+16045550123",), "Bells", ["name as sender"]),
        ((GB,), "Bells", []),
        ((US,), SENDER, []),
    ],
)
def test_names_cannot_be_senders_in_the_us(
    numbers: tuple[str, ...], sender: str, expected: list[str]
) -> None:
    assert rules(facts("Hello", *numbers, sender=sender)) == expected


def test_the_characters_that_force_unicode_are_named() -> None:
    (warning,) = warnings_of(facts("It’s “here”"))

    assert warning.rule == "unicode"
    assert "(’ “ ”)" in warning.text
    assert warning.text.startswith("2 texts")
    assert "." not in warning.text  # nothing to save: one segment either way


def test_what_plain_characters_would_save_is_told() -> None:
    (warning,) = warnings_of(facts("It’s " + "a" * 95))

    assert warning.text.endswith(". Replace ’ with ' : 2 segments become 1 for 2 people")


def test_what_has_no_price_is_in_no_sum() -> None:
    (warning,) = warnings_of(facts("Hello", "+4915112345678", US))

    assert warning.rule == "unpriced"
    assert "1 text (1 segment)" in warning.text
    assert "DE" in warning.text


@pytest.mark.parametrize(("cap", "expected"), [("0.99", ["spend cap"]), ("1.01", []), (None, [])])
def test_a_cap_that_will_be_reached_is_told(cap: str | None, expected: list[str]) -> None:
    policy = replace(NO_BRAKE, spend_cap=None if cap is None else Decimal(cap))

    assert rules(replace(facts(), policy=policy)) == expected


@pytest.mark.parametrize(
    ("hold", "hours", "told"),
    [(0, 1, None), (2, 1, "about 2 texts"), (2, 3, None), (0, None, None)],
)
def test_what_cannot_leave_in_time_is_told(
    hold: float, hours: float | None, told: str | None
) -> None:
    end = None if hours is None else START + timedelta(hours=hours)
    found = warnings_of(replace(facts(hold=hold), not_after=end))

    assert [each.text[: len(told or "")] for each in found] == ([told] if told else [])


def test_a_slow_sender_does_not_finish_in_time() -> None:
    many = facts("Hello", *(f"+1415555{place:04}" for place in range(100)))

    (warning,) = warnings_of(replace(many, not_after=START + timedelta(seconds=51)))

    assert (warning.rule, warning.text[:14]) == ("not_after", "about 50 texts")


def test_nobody_and_doubtful_numbers_are_told() -> None:
    empty = Survey(Tally(START))
    nobody = replace(facts(), survey=empty, estimate=estimate(empty.tally, PRICES, 1.0, 0.0, START))
    assert rules(nobody) == ["nobody"]

    doubtful = facts()
    doubtful.survey.doubtful = 3
    assert rules(doubtful) == ["numbers"]
