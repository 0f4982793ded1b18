"""Reading in chunks decides exactly as reading everything at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import roll
from app.domain.campaign import KEPT_TEXTS, Addressees, PlannedMessage, plan, read_addressees
from app.domain.finish import Finish, Finished
from app.domain.preview import Decision, Fate, Survey
from app.domain.tally import Tally
from app.domain.template import read_template
from tests.support.builders import numbers
from tests.support.fakes import START

TEMPLATE = read_template("Hello {{ name }}")
PEOPLE = [{"to": number, "name": "Ada"} for number in numbers(8)]
PEOPLE += [{"to": f" {number}", "name": "Bob"} for number in numbers(3)]  # the same again
RECIPIENTS = st.lists(
    st.sampled_from([*PEOPLE, "+14155550199", "x", {"to": "+1"}, 5, {"to": "+15551112222"}]),
    max_size=25,
)
STOPPED = frozenset(numbers(2))


def decided(recipients: list[object]) -> Iterator[Decision]:
    return roll.decisions(recipients, TEMPLATE, lambda a: plan(a, TEMPLATE, STOPPED))


def at_once(recipients: list[object]) -> tuple[Addressees, list[PlannedMessage]]:
    addressees = read_addressees(recipients, TEMPLATE)
    return addressees, list(plan(addressees, TEMPLATE, STOPPED))


@settings(max_examples=60)
@given(RECIPIENTS, st.integers(1, 5))
def test_chunks_of_any_size_give_the_same_decisions(recipients: list[object], size: int) -> None:
    addressees, planned = at_once(recipients)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roll, "CHUNK", size)
        found = list(decided(recipients))

    assert [each.position for each in found] == list(range(len(recipients)))
    assert [each.message for each in found if each.message] == planned
    refused = [each.refusal for each in found if each.refusal]
    key = [
        (each.position, each.reason, each.duplicate, each.number) for each in addressees.refusals
    ]
    assert [(each.position, each.reason, each.duplicate, each.number) for each in refused] == key
    doubtful = {each.position for each in found if each.is_doubtful}
    assert doubtful == {each.position for each in addressees.not_valid}


@given(RECIPIENTS)
def test_the_counts_add_up_and_nobody_comes_twice(recipients: list[object]) -> None:
    found = list(decided(recipients))
    survey = Survey(Tally(START - timedelta(days=1)))
    survey.add_all(found)
    tally = survey.tally

    assert tally.people == tally.sent_now + tally.held.total() + tally.skipped.total()
    assert survey.recipients == len(recipients)
    assert survey.recipients == tally.people + survey.refused.total() + survey.duplicates
    reached = [each.message.number for each in found if each.message]
    assert len(reached) == len(set(reached)) == tally.people
    texted = {e.message.number for e in found if e.message and e.fate(START) is Fate.NOW}
    assert not texted & STOPPED
    assert sum(tally.distribution.values()) == survey.encodings.total() == tally.messages
    assert tally.segments == sum(n * count for n, count in tally.distribution.items())
    assert tally.segments == tally.segments_to.total()


class Counting(Finish):
    """The last steps to a text, and how often they were taken."""

    taken: ClassVar[list[str]] = []

    def of(self, text: str) -> Finished:
        self.taken.append(text)
        return super().of(text)


def test_each_text_of_a_preview_is_made_once() -> None:
    people = [{"to": number, "name": f"Ada {number}"} for number in numbers(roll.CHUNK + 5)]
    template = TEMPLATE.finished(Counting(link_base="https://l.test"))
    decisions = roll.decisions(people, template, lambda some: plan(some, template, frozenset()))

    texts = [each.message.text for each in decisions if each.message]
    assert texts == [f"Hello {each['name']}" for each in people] == Counting.taken


def test_of_a_long_list_only_so_many_texts_are_kept() -> None:
    people = [{"to": number, "name": "Ada"} for number in numbers(KEPT_TEXTS + 5)]
    addressees = read_addressees(people, TEMPLATE)

    assert len(addressees.texts) == KEPT_TEXTS
    planned = plan(addressees, TEMPLATE, frozenset())
    assert [each.text for each in planned] == ["Hello Ada"] * len(people)
