"""What is counted by the lot is what would be counted one by one."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from app.domain.campaign import PlannedMessage
from app.domain.lots import in_order, lots
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.tally import Tally
from app.services.planning import DecisionCounts
from tests.support.fakes import START

QUEUED, SKIPPED = MessageStatus.QUEUED, MessageStatus.SKIPPED
LATER = START + timedelta(hours=9)
KINDS: list[Any] = [
    ("+14155550101", "A sale", 1, QUEUED, None, AT_ONCE),
    ("+447700900123", "Ein Käse – “heute”", 1, QUEUED, None, AT_ONCE),
    ("+14165550101", "A sale " * 40, 2, QUEUED, None, LATER),
    ("+33612345678", "", 0, SKIPPED, "opted out", AT_ONCE),
    ("+14155550102", "“A sale” " * 12, 2, QUEUED, None, LATER),
    ("+12425550101", "", 0, SKIPPED, "enough", AT_ONCE),
]


def planned(count: int) -> list[PlannedMessage]:
    """So many decisions, of more kinds than come in turn."""
    kinds = [(PhoneNumber(number), *rest) for number, *rest in KINDS]
    return [PlannedMessage(*kind) for kind in islice(cycle([*kinds, *kinds[:3], kinds[0]]), count)]


def test_nothing_is_lost_between_lots() -> None:
    for count in (0, 1, 499, 500, 501, 1_234):
        assert [each for lot in lots(iter(range(count))) for each in lot] == list(range(count))
    assert {len(lot) for lot in lots(range(1_500))} == {500}


def test_what_came_in_no_order_is_sorted() -> None:
    for count in (0, 1, 4_999, 5_000, 5_001, 12_345):
        mixed = [f"+{place * 7_919 % 20_011}" for place in range(count)]
        assert list(in_order(mixed)) == sorted(mixed)


def test_a_tally_by_the_lot_is_the_same_as_one_by_one() -> None:
    messages = planned(1_234)
    watching, adding = Tally(START), Tally(START)
    assert list(watching.watch(messages)) == messages
    for message in messages:
        adding.add(message)

    assert watching.sealing.seal("Shop", "A sale") == adding.sealing.seal("Shop", "A sale")
    assert watching == replace(adding, sealing=watching.sealing)
    assert watching.people == len(messages)
    assert watching.held == {LATER: sum(message.due_at == LATER for message in messages)}


def test_decisions_by_the_lot_are_counted_as_one_by_one() -> None:
    messages = planned(1_234)
    watching, adding = DecisionCounts(), DecisionCounts()
    assert list(watching.watch(messages)) == messages
    for message in messages:
        adding.add_all([message])

    assert watching == adding
    assert watching.stock.as_json() == adding.stock.as_json()
    skipped = sum(message.status is SKIPPED for message in messages)
    assert watching.outcomes.total() == len(messages)
    assert watching.outcomes[QUEUED] == len(messages) - skipped
