"""Who gets what: the addressees as they are read, and the plan."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import (
    MAX_TEXT,
    OPTED_OUT,
    Addressees,
    plan,
    read_addressees,
    why_unsendable,
)
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber, read_number
from app.domain.template import read_template
from tests.support.builders import numbers

PLAIN = read_template("Hello")
NAMED = read_template("Hi {{ name }}")

NUMBERS = st.integers(0, 30).map(lambda place: f"+1415555{place:04}")
WRITTEN = st.one_of(NUMBERS, NUMBERS.map(lambda number: f"1 (415) 555-{number[-4:]}"))
NOBODY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "x", "12", "0171 555"]),
    st.lists(st.integers(), max_size=2),
    st.just({}),
    st.just({"to": 5}),
)
VALUES = st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.none())
PEOPLE = st.builds(
    lambda to, fields: {"to": to, **fields},
    WRITTEN,
    st.dictionaries(st.sampled_from(["name", "town"]), VALUES),
)
RECIPIENTS = st.lists(st.one_of(WRITTEN, PEOPLE, NOBODY), max_size=40)


@given(RECIPIENTS, st.sets(NUMBERS), st.sampled_from([PLAIN, NAMED]))
def test_every_recipient_is_accounted_for_once(
    recipients: list[Any], opted_out: set[str], template: Any
) -> None:
    addressees = read_addressees(recipients, template)
    tally = Counter(
        message.reason or message.status
        for message in plan(addressees, template, {PhoneNumber(each) for each in opted_out})
    )

    assert tally.total() + len(addressees.refusals) == len(recipients)
    assert addressees.rejected_count + addressees.duplicate_count == len(addressees.refusals)
    places = [
        *dict(addressees.positions()).values(),
        *(each.position for each in addressees.refusals),
    ]
    assert sorted(places) == list(range(len(recipients)))


@given(RECIPIENTS)
def test_no_number_is_planned_twice(recipients: list[Any]) -> None:
    planned = [each.number for each in plan(read_addressees(recipients, PLAIN), PLAIN, frozenset())]

    assert len(planned) == len(set(planned))


@given(RECIPIENTS, st.sets(NUMBERS))
def test_who_opted_out_is_never_queued(recipients: list[Any], opted_out: set[str]) -> None:
    stopped = {PhoneNumber(each) for each in opted_out}

    for message in plan(read_addressees(recipients, PLAIN), PLAIN, stopped):
        assert (message.number in stopped) == (message.status is MessageStatus.SKIPPED)
        assert (message.number in stopped) == (message.reason == OPTED_OUT)


@given(RECIPIENTS)
def test_the_plan_keeps_the_clients_order(recipients: list[Any]) -> None:
    addressees = read_addressees(recipients, PLAIN)

    where = dict(addressees.positions())
    planned = [each.number for each in plan(addressees, PLAIN, frozenset())]

    assert planned == sorted(planned, key=lambda number: where[number])
    named = [recipients[where[number]] for number in planned]
    assert [read_number(to["to"] if isinstance(to, dict) else to) for to in named] == planned


@given(RECIPIENTS)
def test_what_is_queued_can_be_sent(recipients: list[Any]) -> None:
    for message in plan(read_addressees(recipients, NAMED), NAMED, frozenset()):
        if message.status is MessageStatus.QUEUED:
            assert why_unsendable(message.text) is None
            assert message.segments >= 1
        else:
            assert message.reason


def test_a_number_named_twice_counts_where_it_stood_first() -> None:
    addressees = read_addressees(
        [{"to": "+14155550101", "name": "Ada"}, {"to": "1 415 555 0101", "name": "Bea"}], NAMED
    )

    (message,) = plan(addressees, NAMED, frozenset())

    assert message.text == "Hi Ada"
    assert addressees.refusals[0].reason == "the same number as recipient 0"


def test_a_refused_first_mention_does_not_hide_a_good_second_one() -> None:
    addressees = read_addressees(["+14155550101", {"to": "+14155550101", "name": "Ada"}], NAMED)

    assert [each.text for each in plan(addressees, NAMED, frozenset())] == ["Hi Ada"]
    assert addressees.refusals[0].reason == "the text needs a value for name"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Ada", "Ada"),
        (3, "3"),
        (3.0, "3"),
        (3.5, "3.5"),
        (True, "true"),
        (False, "false"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_fields_are_written_as_people_write_them(value: Any, written: str) -> None:
    addressees = read_addressees([{"to": "+14155550101", "name": value}], NAMED)

    assert [each.text for each in plan(addressees, NAMED, frozenset())] == [f"Hi {written}"]


@pytest.mark.parametrize("value", [[], {}, ["a"], {"a": 1}])
def test_a_field_that_is_no_scalar_refuses_the_recipient(value: Any) -> None:
    addressees = read_addressees([{"to": "+14155550101", "town": value}], PLAIN)

    assert addressees.people == {}
    assert '"town"' in addressees.refusals[0].reason


@pytest.mark.parametrize("value", [None, "", " ", "\n"])
def test_a_needed_field_without_a_value_refuses_the_recipient(value: str | None) -> None:
    addressees = read_addressees([{"to": "+14155550101", "name": value}], NAMED)

    assert [each.reason for each in addressees.refusals] == ["the text needs a value for name"]


def test_a_possible_number_that_no_plan_lists_is_kept_and_noted() -> None:
    addressees = read_addressees(["+15551112222"], PLAIN)

    assert list(addressees.people) == ["+15551112222"]
    assert [each.position for each in addressees.not_valid] == [0]
    assert addressees.refusals == []


def test_only_the_beginning_of_a_refused_value_is_kept() -> None:
    addressees = read_addressees(["x" * 5000, {"to": "y" * 5000}], PLAIN)

    assert [len(each.value) for each in addressees.refusals] == [100, 100]


def test_whose_text_comes_out_empty_or_too_long_is_refused_with_the_reason() -> None:
    template = read_template("{% if name %}{{ name }}{% endif %}")
    addressees = read_addressees(
        [
            "+14155550101",
            {"to": "+14155550102", "name": "x" * (MAX_TEXT + 1)},
            {"to": "+14155550103", "name": "x" * MAX_TEXT},
            {"to": "+14155550104", "name": "x" * 20_000},
        ],
        template,
    )

    planned = list(plan(addressees, template, frozenset()))

    assert [(each.number, each.status) for each in planned] == [
        ("+14155550103", MessageStatus.QUEUED)
    ]
    assert [(each.position, each.reason) for each in addressees.refusals[:2]] == [
        (0, "the text is empty"),
        (1, "the text has 3201 characters, Vonage takes 3200"),
    ]
    assert addressees.refusals[2].position == 3
    assert addressees.rejected_count == 3


def test_a_list_of_nobody_plans_nothing() -> None:
    assert list(plan(Addressees(), PLAIN, frozenset())) == []


@pytest.mark.parametrize("character", ["\0", "\ud83d"])
def test_what_no_phone_can_show_is_refused_for_whoever_has_it(character: str) -> None:
    one, two = numbers(2)
    people = [{"to": one, "name": f"A{character}"}, {"to": two, "name": "Ada \U0001f600"}]

    addressees = read_addressees(people, NAMED)

    assert list(addressees.people) == [two]
    (refusal,) = addressees.refusals
    assert refusal.reason == f"the text has U+{ord(character):04X}, which no phone can show"
