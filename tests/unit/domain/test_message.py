"""Statuses: whatever is heard in whichever order, the furthest counts."""

from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import FINAL, OPEN, TAKEN, MessageStatus, furthest

STATUSES = st.sampled_from(MessageStatus)


@given(st.lists(STATUSES, min_size=1), st.data())
def test_any_order_and_repetition_gives_the_same_status(
    heard: list[MessageStatus], data: st.DataObject
) -> None:
    repeated = heard + data.draw(st.lists(st.sampled_from(heard)))

    shuffled = data.draw(st.permutations(repeated))

    assert reduce(furthest, shuffled) is reduce(furthest, heard)


@given(STATUSES, STATUSES)
def test_the_furthest_is_one_of_the_two_and_never_behind_either(
    one: MessageStatus, other: MessageStatus
) -> None:
    found = furthest(one, other)

    assert found in (one, other)
    assert furthest(found, one) is furthest(found, other) is found


def test_all_twenty_four_orders_of_four_receipts_end_alike() -> None:
    receipts = [
        MessageStatus.SUBMITTED,
        MessageStatus.UNDELIVERABLE,
        MessageStatus.REJECTED,
        MessageStatus.DELIVERED,
    ]

    ends = {reduce(furthest, order, MessageStatus.ACCEPTED) for order in permutations(receipts)}

    assert ends == {MessageStatus.DELIVERED}


def test_our_own_record_of_having_sent_takes_nothing_back() -> None:
    assert furthest(MessageStatus.DELIVERED, MessageStatus.ACCEPTED) is MessageStatus.DELIVERED
    assert furthest(MessageStatus.SUBMITTED, MessageStatus.ACCEPTED) is MessageStatus.SUBMITTED


def test_a_receipt_resolves_a_doubt_and_a_failure_of_ours() -> None:
    for receipt in (MessageStatus.SUBMITTED, MessageStatus.DELIVERED, MessageStatus.REJECTED):
        assert furthest(MessageStatus.IN_DOUBT, receipt) is receipt
        assert furthest(MessageStatus.FAILED, receipt) is receipt


def test_what_is_open_is_neither_taken_nor_final() -> None:
    assert not OPEN & TAKEN
    assert not OPEN & FINAL


def test_what_was_skipped_or_failed_is_final_and_was_not_taken() -> None:
    assert {MessageStatus.SKIPPED, MessageStatus.FAILED} == FINAL - TAKEN


def test_a_status_is_written_as_its_word() -> None:
    assert f"{MessageStatus.IN_DOUBT}" == "in_doubt"
    assert [status.value for status in MessageStatus][:2] == ["queued", "sending"]
