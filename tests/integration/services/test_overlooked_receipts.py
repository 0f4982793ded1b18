"""A receipt and our record of its message may miss each other: a second look finds both."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.lifecycle import CampaignStatus
from app.domain.message import ClaimedMessage, DeliveryReceipt, MessageStatus
from app.storage import journal
from app.storage.database import Database
from app.storage.journal import NewEvent
from tests.support.builders import order
from tests.support.desk import Desk
from tests.unit.test_meters import value

EVENT = "01890000-0000-7000-8000-000000000009"


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def miss(desk: Desk, receipt: DeliveryReceipt) -> None:
    """As written by who saw no such message."""
    with desk.database.writing() as session:
        event = NewEvent(EVENT, "status", "missed", "{}", receipt.message_uuid, None, receipt)
        journal.note(session, event, desk.clock())


def rejected(desk: Desk, message: ClaimedMessage, code: str) -> DeliveryReceipt:
    """A receipt that does not know our id."""
    uuid = f"uuid-of-{message.id}"
    return DeliveryReceipt(
        MessageStatus.REJECTED, desk.clock(), message_uuid=uuid, error_code=code, reason="no"
    )


def opt_outs(desk: Desk, number: str) -> list[tuple[str, ...]]:
    """What the ledger tells of a number."""
    asked = text("SELECT method, wording, message_id FROM consent_events WHERE number = :number")
    with desk.database.reading() as session:
        return [tuple(row) for row in session.execute(asked, {"number": number})]


def counted(desk: Desk) -> float | None:
    """Opt-outs that the carrier told of, as Prometheus reads them."""
    return value(desk.meters.page([]).decode(), "carillon_opt_outs_total", method="carrier")


def test_a_receipt_that_missed_our_record_is_applied_soon(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1)).state
    (message,) = desk.claim()
    desk.record([message])
    uuid = f"uuid-of-{message.id}"
    receipt = DeliveryReceipt(MessageStatus.DELIVERED, desk.clock(), message_uuid=uuid)
    miss(desk, receipt)

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


def test_an_opt_out_at_vonage_that_waited_for_our_record_is_one(desk: Desk) -> None:
    desk.campaigns.launch(order(2))
    taken = desk.claim()
    first, _ = taken
    waiting = desk.campaigns.launch(order(2, text="Again")).state
    desk.receipts.apply("{}", rejected(desk, first, "1240"))  # before Vonage's answer
    assert opt_outs(desk, first.to) == []

    desk.record(taken)

    assert desk.status_of(first) is MessageStatus.REJECTED
    assert opt_outs(desk, first.to) == [("carrier", "error 1240", first.id)]
    assert desk.counts(waiting) == {"skipped": 1, "queued": 1}
    desk.record(taken)  # its commit was in doubt, and it is repeated
    assert len(opt_outs(desk, first.to)) == 1
    assert counted(desk) == 1
    desk.check_counts()


def test_a_second_look_feeds_the_ledger_too(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.send_all()
    miss(desk, rejected(desk, message, "1240"))
    waiting = desk.campaigns.launch(order(1, text="Again")).state

    desk.outbox.sweep(desk.clock.forward(7))

    assert opt_outs(desk, message.to) == [("carrier", "error 1240", message.id)]
    assert desk.counts(waiting) == {"skipped": 1}
    assert desk.campaigns.find(waiting.campaign.id).campaign.status is CampaignStatus.FINISHED
    desk.outbox.sweep(desk.clock.forward(7))
    assert len(opt_outs(desk, message.to)) == 1
    assert counted(desk) == 1
    desk.check_counts()


@pytest.mark.parametrize("found_by", ["our record", "a second look"])
def test_a_late_receipt_that_blames_the_account_pauses_its_campaign(
    desk: Desk, found_by: str
) -> None:
    state = desk.campaigns.launch(order(3)).state
    (first,) = desk.claim(room=1)
    if found_by == "a second look":
        desk.record([first])
        miss(desk, rejected(desk, first, "1420"))
        desk.outbox.sweep(desk.clock.forward(7))
    else:
        desk.receipts.apply("{}", rejected(desk, first, "1420"))
        desk.record([first])

    paused = desk.campaigns.find(state.campaign.id).campaign
    assert (paused.status, paused.status_by) == (CampaignStatus.PAUSED, "Vonage")
    assert "code 1420" in str(paused.status_reason)
    assert desk.counts(state) == {"rejected": 1, "queued": 2}
