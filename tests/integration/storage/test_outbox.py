"""Claim, record, sweep: on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from app.domain.lifecycle import CampaignStatus
from app.domain.message import (
    Attempt,
    ClaimedMessage,
    DeliveryReceipt,
    MessageStatus,
    Outcome,
    OutcomeKind,
)
from app.domain.retry import MAX_ATTEMPTS
from app.storage import consent
from app.storage.database import Database, connect
from tests.support.builders import SENDER, consent_event, inbound, numbers, order
from tests.support.desk import LEASE, Desk


def refused(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")


def in_doubt(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.IN_DOUBT, "no answer came")


def try_later(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.TRY_LATER, "connection refused")


def must_pause(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.CAMPAIGN_MUST_PAUSE, "low balance", code="402")


def test_a_claimed_message_is_not_claimed_again(desk: Desk) -> None:
    desk.campaigns.launch(order(5))

    assert len(desk.claim(room=3)) == 3
    desk.clock.forward(1)
    assert len(desk.claim()) == 2
    desk.clock.forward(1)
    assert desk.claim() == ()


def test_a_claimed_message_stands_as_sending_before_anything_leaves(desk: Desk) -> None:
    desk.campaigns.launch(order(1))

    (message,) = desk.claim()

    stored = desk.messages.find(message.id)
    assert stored.status is MessageStatus.SENDING
    assert stored.sent_at == desk.clock()
    assert stored.attempts == 1


def test_messages_leave_in_the_order_of_the_recipients(desk: Desk) -> None:
    desk.campaigns.launch(order(20))

    assert [message.to for message in desk.claim()] == numbers(20)


def test_no_more_is_claimed_than_the_pace_of_the_sender_allows(database: Database) -> None:
    desk = Desk(database, rate=10)
    desk.campaigns.launch(order(100))

    slots = []
    for _ in range(300):
        slots += [message.not_before for message in desk.claim()]
        desk.clock.forward(0.01)

    assert len(slots) <= 3 * 10 + 1
    assert all(late - early >= 0.1 for early, late in pairwise(slots))


def test_a_rate_of_its_own_overrides_the_default(desk: Desk, database: Database) -> None:
    from app.services.senders import Senders  # noqa: PLC0415 (only here)

    Senders(database, 1000).set_rate(SENDER, 2)
    desk.campaigns.launch(order(50))

    assert len(desk.claim()) == 1


def test_an_accepted_message_keeps_vonages_id(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.record([message])

    stored = desk.messages.find(message.id)
    assert (stored.status, stored.message_uuid) == (
        MessageStatus.ACCEPTED,
        f"uuid-of-{message.id}",
    )
    assert stored.accepted_at == desk.clock()


def test_a_refused_message_fails_with_code_and_reason(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1)).state
    (message,) = desk.claim()
    desk.record([message], refused)

    stored = desk.messages.find(message.id)
    assert (stored.status, stored.error_code) == (MessageStatus.FAILED, "1120")
    assert stored.reason == "Invalid recipient"
    assert stored.final_at == desk.clock()
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.FINISHED


def test_what_is_in_doubt_is_never_sent_again_by_itself(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.record([message], in_doubt)

    desk.clock.forward(24 * 3600)
    assert desk.claim() == ()
    assert desk.status_of(message) is MessageStatus.IN_DOUBT


def test_what_was_not_accepted_is_tried_again_later_and_not_before(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.record([message], lambda _: Outcome(OutcomeKind.TRY_LATER, "busy", retry_after=10.0))

    desk.clock.forward(9)
    assert desk.claim() == ()
    desk.clock.forward(3)
    assert [again.id for again in desk.claim()] == [message.id]


def test_tries_come_to_an_end(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1)).state
    for _ in range(MAX_ATTEMPTS):
        desk.record(desk.claim(), try_later)
        desk.clock.forward(1000)

    assert desk.claim() == ()
    (stored,) = desk.campaigns.messages(state.campaign.id, None, None, 10)
    assert stored.status is MessageStatus.FAILED
    assert stored.reason == f"given up after {MAX_ATTEMPTS} attempts: connection refused"


def test_a_429_holds_the_whole_sender_back(desk: Desk) -> None:
    desk.campaigns.launch(order(10))
    throttled = Outcome(OutcomeKind.TRY_LATER, "throttled", retry_after=5.0, throttled=True)
    desk.record(desk.claim(room=1), lambda _: throttled)

    desk.clock.forward(4.9)
    assert desk.claim() == ()
    desk.clock.forward(0.2)
    assert desk.claim() != ()


def test_a_campaign_that_must_pause_keeps_its_messages(desk: Desk) -> None:
    state = desk.campaigns.launch(order(3)).state
    desk.record(desk.claim(room=1), must_pause)

    paused = desk.campaigns.find(state.campaign.id)
    assert paused.campaign.status is CampaignStatus.PAUSED
    assert paused.campaign.status_reason == "low balance"
    assert desk.counts(state) == {"queued": 3}
    desk.clock.forward(60)
    assert desk.claim() == ()

    desk.campaigns.resume(state.campaign.id, "Ann")
    assert len(desk.send_all()) == 3


def test_without_a_campaign_to_pause_the_message_fails(desk: Desk) -> None:
    from app.domain.phone import PhoneNumber  # noqa: PLC0415 (only here)

    desk.messages.send(PhoneNumber("+14155550101"), "Hello", SENDER)
    (message,) = desk.claim()
    desk.record([message], must_pause)

    assert desk.messages.find(message.id).error_code == "402"
    assert desk.status_of(message) is MessageStatus.FAILED


def test_single_messages_go_ahead_of_campaigns(desk: Desk) -> None:
    from app.domain.phone import PhoneNumber  # noqa: PLC0415 (only here)

    desk.campaigns.launch(order(50))
    desk.messages.send(PhoneNumber("+14155559999"), "Hello", SENDER)

    assert desk.claim(room=1)[0].to == "+14155559999"


def test_two_campaigns_share_a_sender(desk: Desk) -> None:
    one = desk.campaigns.launch(order(numbers(50))).state.campaign.id
    other = desk.campaigns.launch(order(numbers(50))).state.campaign.id

    taken = [message.campaign_id for message in desk.claim(room=20)]

    assert taken.count(one) == taken.count(other) == 10


def test_who_opted_out_after_planning_is_skipped_in_the_claim(desk: Desk) -> None:
    state = desk.campaigns.launch(order(3)).state
    # Straight into the table, as if the opt-out had been committed between plan and claim by a
    # transaction that did not see the messages.
    with desk.database.writing() as session:
        consent.record(session, [consent_event(numbers(3)[1], id=state.campaign.id)])

    assert [message.to for message in desk.send_all()] == [numbers(3)[0], numbers(3)[2]]
    assert desk.counts(state) == {"accepted": 2, "skipped": 1}
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.FINISHED


def test_a_stop_skips_what_is_queued_everywhere(desk: Desk) -> None:
    one = desk.campaigns.launch(order(2)).state
    other = desk.campaigns.launch(order(2, text="Another")).state

    desk.inbound.receive("{}", inbound("STOP", numbers(1)[0]))

    assert desk.counts(one) == desk.counts(other) == {"queued": 1, "skipped": 1}


def test_what_a_dead_process_was_sending_is_in_doubt_once_its_lease_is_over(desk: Desk) -> None:
    state = desk.campaigns.launch(order(3)).state
    desk.claim(room=2)

    desk.clock.forward(LEASE.total_seconds() - 1)
    assert desk.outbox.sweep(desk.clock()) == 0
    desk.clock.forward(2)
    assert desk.outbox.sweep(desk.clock()) == 2
    assert desk.counts(state) == {"queued": 1, "in_doubt": 2}


def test_an_outcome_that_comes_after_the_sweep_still_counts(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.clock.forward(LEASE.total_seconds() + 1)
    desk.outbox.sweep(desk.clock())

    desk.record([message])

    assert desk.status_of(message) is MessageStatus.ACCEPTED


def test_a_late_retry_does_not_revive_what_is_in_doubt(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.clock.forward(LEASE.total_seconds() + 1)
    desk.outbox.sweep(desk.clock())

    desk.record([message], try_later)

    assert desk.status_of(message) is MessageStatus.IN_DOUBT


def test_recording_twice_changes_nothing(desk: Desk) -> None:
    state = desk.campaigns.launch(order(2)).state
    taken = desk.claim()
    desk.record(taken)
    desk.record(taken)

    assert desk.counts(state) == {"accepted": 2}


def test_a_receipt_without_our_id_waits_for_our_own_record(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    receipt = DeliveryReceipt(
        MessageStatus.DELIVERED, desk.clock(), message_uuid=f"uuid-of-{message.id}"
    )
    desk.receipts.apply("{}", receipt)
    assert desk.status_of(message) is MessageStatus.SENDING

    desk.record([message])

    assert desk.status_of(message) is MessageStatus.DELIVERED


def test_a_scheduled_campaign_begins_at_its_time(desk: Desk) -> None:
    at = desk.clock() + timedelta(hours=1)
    state = desk.campaigns.launch(order(2, scheduled_at=at)).state
    assert state.campaign.status is CampaignStatus.SCHEDULED

    desk.clock.forward(3599)
    assert desk.claim() == ()
    desk.clock.forward(1)
    assert len(desk.claim()) == 2
    assert desk.campaigns.find(state.campaign.id).campaign.started_at == desk.clock()


@pytest.mark.parametrize("processes", [4])
def test_claims_of_several_processes_are_disjoint_and_complete(
    database_url: str, processes: int
) -> None:
    databases = [connect(database_url) for _ in range(processes)]
    desk = Desk(databases[0], rate=100_000)
    state = desk.campaigns.launch(order(200)).state

    def empty(database: Database) -> list[str]:
        outbox = desk.outbox_of(database, 100_000)
        taken: list[str] = []
        misses = 0
        while misses < 3:
            claim = outbox.claim(7, desk.clock())
            outbox.record(
                [
                    Attempt(
                        message,
                        Outcome(OutcomeKind.ACCEPTED, message_uuid=message.id),
                        desk.clock(),
                        desk.clock(),
                    )
                    for message in claim.messages
                ],
                desk.clock.forward(0.05),
            )
            taken += [message.id for message in claim.messages]
            misses = 0 if claim.messages else misses + 1
        return taken

    with ThreadPoolExecutor(processes) as pool:
        taken = [message_id for each in pool.map(empty, databases) for message_id in each]

    assert len(taken) == len(set(taken)) == 200
    assert desk.counts(state) == {"accepted": 200}
    desk.check_counts()
    for database in databases:
        database.close()
