"""When two campaigns are the same."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import read_addressees
from app.domain.fingerprint import fingerprint_of
from app.domain.template import read_template
from tests.support.builders import SENDER, numbers

PEOPLE = st.lists(st.sampled_from(numbers(20)), min_size=1)


def of(recipients: list[Any], text: str = "Hello", sender: str = SENDER) -> str | None:
    template = read_template(text)
    return fingerprint_of(read_addressees(recipients, template).people, template, sender)


@given(PEOPLE, st.randoms())
def test_order_and_repeats_do_not_matter(people: list[str], chance: random.Random) -> None:
    mixed = [*people, chance.choice(people)]
    chance.shuffle(mixed)

    assert of(mixed) == of(people)


@given(PEOPLE, PEOPLE)
def test_the_same_people_are_the_same_and_others_are_not(one: list[str], other: list[str]) -> None:
    assert (of(one) == of(other)) is (set(one) == set(other))


def test_spelling_and_what_names_nobody_do_not_matter() -> None:
    assert of(["+14155550101"]) == of(["1 (415) 555-0101", "nonsense"])


def test_text_and_sender_matter() -> None:
    assert len({of(numbers(2)), of(numbers(2), "Hi"), of(numbers(2), sender="Bells")}) == 3


def test_fields_matter_as_far_as_the_text_mentions_them() -> None:
    ada, bea = ({"to": numbers(1)[0], "name": name} for name in ("Ada", "Bea"))

    assert of([ada]) == of([bea])
    assert of([ada], "Hi {{ name }}") != of([bea], "Hi {{ name }}")


def test_nobody_is_like_nobody_else() -> None:
    assert of(["nonsense"]) is None
