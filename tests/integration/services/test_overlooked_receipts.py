"""A receipt and our record of its message may miss each other: a second look finds both."""

from datetime import timedelta

import pytest

from app.domain.message import DeliveryReceipt, MessageStatus
from app.storage import journal
from app.storage.database import Database
from app.storage.journal import NewEvent
from tests.support.builders import order
from tests.support.desk import Desk

EVENT = "01890000-0000-7000-8000-000000000009"


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_receipt_that_missed_our_record_is_applied_soon(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1)).state
    (message,) = desk.claim()
    desk.record([message])
    uuid = f"uuid-of-{message.id}"
    receipt = DeliveryReceipt(MessageStatus.DELIVERED, desk.clock(), message_uuid=uuid)
    with desk.database.writing() as session:  # as written by who saw no such message
        event = NewEvent(EVENT, "status", "missed", "{}", uuid, None, receipt)
        journal.note(session, event, desk.clock())

    desk.outbox.sweep(desk.clock.forward(1))
    assert desk.status_of(message) is MessageStatus.ACCEPTED, "a transaction may still see it"
    desk.outbox.sweep(desk.clock.forward(6))

    assert desk.status_of(message) is MessageStatus.DELIVERED
    assert desk.counts(state) == {"delivered": 1}
    assert desk.campaigns.find(state.campaign.id).campaign.finished_at is not None


def test_a_receipt_of_somebody_elses_message_is_looked_for_and_left(desk: Desk) -> None:
    receipt = DeliveryReceipt(MessageStatus.DELIVERED, desk.clock(), message_uuid="not ours")
    desk.receipts.apply("{}", receipt)

    for _ in range(3):
        desk.outbox.sweep(desk.clock.forward(timedelta(minutes=40).total_seconds()))

    with desk.database.reading() as session:
        assert journal.overlooked(session, desk.clock(), 10) == []
