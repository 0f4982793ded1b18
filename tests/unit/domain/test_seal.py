"""A seal is broken by what changes who reads what, and by nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import OPTED_OUT, PlannedMessage
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.seal import Seal, Sealing, differences, kind_of
from tests.support.builders import SENDER, numbers
from tests.support.fakes import START

TEMPLATE = "Hello {{ name }}"
ID = "01a20284-46ec-7085-90b1-3294384bf7a9"


def sent(place: int, text: str = "Hello") -> PlannedMessage:
    number = PhoneNumber(numbers(1, place)[0])
    return PlannedMessage(number, text, 1, MessageStatus.QUEUED)


def skipped(place: int, reason: str = OPTED_OUT) -> PlannedMessage:
    number = PhoneNumber(numbers(1, place)[0])
    return PlannedMessage(number, "", 0, MessageStatus.SKIPPED, reason)


def seal(*messages: PlannedMessage, sender: str = SENDER, template: str = TEMPLATE) -> Seal:
    sealing = Sealing()
    for message in messages:
        sealing.add(message)
    return sealing.seal(sender, template)


FIELDS_CHANGED = (
    "what recipients read is no longer what was shown: their fields changed, or what is added to"
    " every text"
)
BEFORE = (sent(0), sent(1), sent(2), skipped(3))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (seal(*BEFORE), []),
        (seal(*reversed(BEFORE)), []),
        (seal(*(each._replace(due_at=START + timedelta(days=9)) for each in BEFORE)), []),
        (seal(*BEFORE, sender="Bells"), [f"the sender was {SENDER} and is Bells"]),
        (
            seal(sent(0, "Hi"), sent(1, "Hi"), sent(2, "Hi"), skipped(3), template="Hi"),
            ["the text changed: 3 segments before, 3 now"],
        ),
        (
            seal(*BEFORE, sent(4), sent(5)),
            ["the recipients changed: 4 before, 6 now (2 more)"],
        ),
        (
            seal(sent(0), sent(1), skipped(3)),
            ["the recipients changed: 4 before, 3 now (1 fewer)"],
        ),
        (
            seal(sent(0), sent(1), sent(9), skipped(3)),
            ["the recipients changed: 4 before, 4 now (as many, but others)"],
        ),
        (
            seal(sent(0), skipped(1), skipped(2), skipped(3)),
            ["2 more skipped (opted out): 1 before, 3 now"],
        ),
        (
            seal(skipped(0), sent(1), sent(2), sent(3)),
            ["others skipped (opted out): 1 before, 1 now"],
        ),
        (
            seal(sent(0), sent(1), skipped(2, "frequency cap: 3 in 24 h"), skipped(3)),
            ["1 more skipped (frequency cap): 0 before, 1 now"],
        ),
        (
            seal(sent(0, "Hello Ada"), sent(1), sent(2), skipped(3)),
            [FIELDS_CHANGED],
        ),
        (
            seal(sent(0), skipped(1), sender="Bells"),
            [
                f"the sender was {SENDER} and is Bells",
                "the recipients changed: 4 before, 2 now (2 fewer)",
                "others skipped (opted out): 1 before, 1 now",
            ],
        ),
    ],
)
def test_what_changed_is_named_with_figures(now: Seal, told: list[str]) -> None:
    before = seal(*BEFORE)

    assert [each.sentence for each in differences(before, now)] == told
    assert (before.token(ID) == now.token(ID)) is (not told)


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("opted out", "opted out"),
        ("frequency cap: 3 marketing texts in 24 h", "frequency cap"),
        ("no lawful hour before 20:00 America/Chicago", "no lawful hour before"),
        ("too late (20 hours)", "too late"),
        (None, "skipped"),
        ("", "skipped"),
    ],
)
def test_a_rule_is_known_without_its_figures(reason: str | None, rule: str) -> None:
    assert kind_of(reason) == rule


MESSAGES = st.lists(
    st.builds(
        lambda place, text, is_sent: sent(place, text) if is_sent else skipped(place),
        st.integers(0, 30),
        st.sampled_from(["a", "b"]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda message: message.number,
)


@given(MESSAGES, MESSAGES)
def test_two_seals_agree_when_the_same_people_read_the_same(
    one: list[PlannedMessage], other: list[PlannedMessage]
) -> None:
    first, second = seal(*one), seal(*other)
    same = sorted(map(repr, one)) == sorted(map(repr, other))

    assert (differences(first, second) == []) is same
    assert (first.token(ID) == second.token(ID)) is same


@given(MESSAGES)
def test_a_seal_is_kept_as_it_is(messages: list[PlannedMessage]) -> None:
    made = seal(*messages)

    kept = Seal.from_json(made.as_json())

    assert kept == made
    assert kept.token(ID) == made.token(ID) != made.token(ID[::-1])
    assert made.people == len(messages)
