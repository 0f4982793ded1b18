"""Doubts: what a person, a receipt or a rule makes of them."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.doubts import Answer, Resolution
from app.domain.errors import Conflict, NotFound, Unconfirmed
from app.domain.lifecycle import CampaignStatus
from app.domain.message import ClaimedMessage, MessageStatus
from app.domain.policy import NO_BRAKE, Policy
from app.services import chunks
from app.services.campaigns import CampaignState
from tests.support.builders import SENDER, inbound, numbers, order
from tests.support.desk import LEASE, Desk
from tests.support.outcomes import in_doubt, taken, uuid_of

DAY = 24 * 3600


def say(answer: Answer, note: str | None = None, *, confirmed: bool = False) -> Resolution:
    return Resolution(answer, "Ann", confirmed, note)


SENT = say(Answer.SENT)
NOT_SENT = say(Answer.NOT_SENT)
RESEND = say(Answer.RESEND, confirmed=True)


def doubtful(desk: Desk, count: int = 1, **changes: Any) -> tuple[CampaignState, list[Any]]:
    """A campaign whose messages are all in doubt, and these."""
    state = desk.campaigns.launch(order(count, **{"policy": NO_BRAKE, **changes})).state
    messages = desk.claim()
    desk.record(messages, in_doubt)
    return state, list(messages)


def campaign_of(desk: Desk, state: CampaignState) -> CampaignStatus:
    return desk.campaigns.find(state.campaign.id).campaign.status


def test_a_doubt_is_listed_with_what_is_known(desk: Desk) -> None:
    state, _ = doubtful(desk, 2)

    listed = desk.campaigns.messages(state.campaign.id, MessageStatus.IN_DOUBT, None, 10)

    assert [message.number for message in listed] == numbers(2)
    assert {(m.reason, m.attempts, m.sent_at) for m in listed} == {
        ("no answer came", 1, desk.clock())
    }
    assert desk.campaigns.find(state.campaign.id).counts[MessageStatus.IN_DOUBT] == 2


def test_settled_as_sent_it_counts_as_taken_and_says_who_settled_it(desk: Desk) -> None:
    _, (message,) = doubtful(desk)

    stored = desk.doubts.resolve_message(message.id, say(Answer.SENT, "seen in the logs"))

    assert stored.status is MessageStatus.ACCEPTED
    assert stored.reason == "settled as sent by Ann: seen in the logs"


def test_settled_as_not_sent_it_has_failed_and_says_who_settled_it(desk: Desk) -> None:
    _, (message,) = doubtful(desk)

    stored = desk.doubts.resolve_message(message.id, NOT_SENT)

    assert stored.status is MessageStatus.FAILED
    assert stored.reason == "settled as not sent by Ann"
    assert stored.final_at == desk.clock()


def test_sent_again_it_leaves_once_more_and_reopens_its_campaign(desk: Desk) -> None:
    state, (message,) = doubtful(desk)
    assert campaign_of(desk, state) is CampaignStatus.FINISHED

    stored = desk.doubts.resolve_message(message.id, RESEND)

    assert (stored.status, stored.attempts) == (MessageStatus.QUEUED, 1)
    assert stored.reason == "sent again out of doubt by Ann"
    assert campaign_of(desk, state) is CampaignStatus.SENDING
    (again,) = desk.send_all()
    assert (again.id, again.attempt) == (message.id, 2)
    assert desk.counts(state) == {"accepted": 1}
    assert campaign_of(desk, state) is CampaignStatus.FINISHED


def test_sending_again_must_be_confirmed_and_says_how_many_it_is_about(desk: Desk) -> None:
    state, (message, _) = doubtful(desk, 2)

    with pytest.raises(Unconfirmed, match="2 messages are in doubt") as caught:
        desk.doubts.resolve_campaign(state.campaign.id, say(Answer.RESEND))
    assert caught.value.messages == 2
    with pytest.raises(Unconfirmed, match="may text people twice"):
        desk.doubts.resolve_message(message.id, say(Answer.RESEND))
    assert desk.counts(state) == {"in_doubt": 2}
    assert desk.audit.page(None, None, 10) == []


@pytest.mark.parametrize("resolution", [SENT, NOT_SENT, RESEND], ids=lambda each: each.answer)
def test_only_what_is_in_doubt_can_be_settled(desk: Desk, resolution: Resolution) -> None:
    state = desk.campaigns.launch(order(1)).state
    (message,) = desk.send_all()

    with pytest.raises(Conflict, match="is accepted, not in doubt"):
        desk.doubts.resolve_message(message.id, resolution)

    assert desk.doubts.resolve_campaign(state.campaign.id, resolution).resolved == 0
    assert desk.counts(state) == {"accepted": 1}


@pytest.mark.parametrize("missing", ["nonsense", "01a20284-46ec-7085-90b1-3294384bf7a9"])
def test_what_is_not_there_cannot_be_settled(desk: Desk, missing: str) -> None:
    with pytest.raises(NotFound):
        desk.doubts.resolve_message(missing, SENT)
    with pytest.raises(NotFound):
        desk.doubts.resolve_campaign(missing, SENT)


@pytest.mark.parametrize(
    ("resolution", "becomes"),
    [(SENT, "accepted"), (NOT_SENT, "failed"), (RESEND, "queued")],
    ids=["sent", "not sent", "resend"],
)
def test_a_campaign_is_settled_in_chunks_and_nothing_else_is_touched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, resolution: Resolution, becomes: str
) -> None:
    import app.services.doubts as module  # noqa: PLC0415 (only here)

    monkeypatch.setattr(chunks, "AT_ONCE", 3)
    monkeypatch.setattr(module, "AT_ONCE", 3)
    other, _ = doubtful(desk, 2)
    state = desk.campaigns.launch(order(10, policy=NO_BRAKE)).state
    messages = desk.claim()
    desk.record(messages[:3], taken)
    desk.record(messages[3:], in_doubt)

    found = desk.doubts.resolve_campaign(state.campaign.id, resolution)

    assert (found.resolved, found.remaining) == (7, 0)
    assert desk.counts(state) == ({"accepted": 3} | {becomes: 7 + 3 * (becomes == "accepted")})
    assert desk.counts(other) == {"in_doubt": 2}
    told = [event.details["messages"] for event in desk.audit.page(state.campaign.id, None, 10)]
    assert told == [1, 3, 3]


def test_what_was_settled_as_sent_is_never_sent_again(desk: Desk) -> None:
    state, _ = doubtful(desk, 3)
    desk.doubts.resolve_campaign(state.campaign.id, SENT)

    desk.doubts.resolve_campaign(state.campaign.id, RESEND)
    desk.clock.forward(DAY)
    desk.outbox.sweep(desk.clock())

    assert desk.send_all() == []


def test_who_opted_out_meanwhile_is_not_texted_again(desk: Desk) -> None:
    state, (message, _) = doubtful(desk, 2)
    desk.inbound.receive("{}", inbound("STOP", message.to))
    desk.doubts.resolve_campaign(state.campaign.id, RESEND)

    sent = {each.to for each in desk.send_all() if each.campaign_id}

    assert sent == {numbers(2)[1]}
    # Not "skipped", which says that it never was sent: nobody knows that.
    stored = desk.messages.find(message.id)
    assert stored.status is MessageStatus.IN_DOUBT
    assert stored.reason == "not sent again: opted out"
    assert campaign_of(desk, state) is CampaignStatus.FINISHED


def test_a_stop_that_comes_while_it_waits_leaves_the_doubt(desk: Desk) -> None:
    state, (message,) = doubtful(desk)
    desk.doubts.resolve_message(message.id, RESEND)

    desk.inbound.receive("{}", inbound("STOP", message.to))

    assert desk.counts(state) == {"in_doubt": 1}
    desk.receive(message, MessageStatus.REJECTED, message_uuid="of-the-first-try")
    assert desk.counts(state) == {"rejected": 1}


def test_a_cancelled_campaign_can_be_settled_and_not_sent_again(desk: Desk) -> None:
    state = desk.campaigns.launch(order(2, policy=NO_BRAKE)).state
    (message,) = desk.claim(room=1)
    desk.record([message], in_doubt)
    desk.campaigns.cancel(state.campaign.id, "Ann")

    with pytest.raises(Conflict, match="a campaign that is cancelled cannot be reopened"):
        desk.doubts.resolve_campaign(state.campaign.id, RESEND)
    assert desk.counts(state) == {"in_doubt": 1, "skipped": 1}

    assert desk.doubts.resolve_campaign(state.campaign.id, SENT).resolved == 1


def test_a_cancel_while_it_waits_leaves_the_doubt(desk: Desk) -> None:
    state, (message,) = doubtful(desk)
    desk.doubts.resolve_message(message.id, RESEND)

    desk.campaigns.cancel(state.campaign.id, "Ann")

    assert desk.counts(state) == {"in_doubt": 1}
    assert desk.messages.find(message.id).reason == "not sent again: the campaign was cancelled"


def test_a_paused_campaign_stays_paused_and_keeps_its_reason(desk: Desk) -> None:
    state = desk.campaigns.launch(order(2, policy=NO_BRAKE)).state
    desk.record(desk.claim(room=1), in_doubt)
    desk.campaigns.pause(state.campaign.id, "Bob")

    desk.doubts.resolve_campaign(state.campaign.id, RESEND)

    found = desk.campaigns.find(state.campaign.id).campaign
    assert (found.status, found.status_by) == (CampaignStatus.PAUSED, "Bob")
    assert desk.claim() == ()
    desk.campaigns.resume(state.campaign.id, "Bob")
    assert len(desk.send_all()) == 2


def test_a_campaign_that_is_over_by_its_own_wish_sends_nothing_again(desk: Desk) -> None:
    state, (message,) = doubtful(desk, not_after=desk.clock() + timedelta(seconds=30))
    desk.clock.forward(60)

    with pytest.raises(Conflict, match="not to send anything after"):
        desk.doubts.resolve_message(message.id, RESEND)
    assert desk.counts(state) == {"in_doubt": 1}


def test_a_single_message_in_doubt_can_be_sent_again(desk: Desk) -> None:
    from app.domain.phone import PhoneNumber  # noqa: PLC0415 (only here)

    desk.messages.send(PhoneNumber("+14155550101"), "Hello", SENDER)
    (message,) = desk.claim()
    desk.record([message], in_doubt)

    desk.doubts.resolve_message(message.id, RESEND)

    assert [again.id for again in desk.send_all()] == [message.id]


@pytest.mark.parametrize("resolution", [None, SENT, NOT_SENT], ids=["held", "sent", "not sent"])
@pytest.mark.parametrize("heard", [MessageStatus.SUBMITTED, MessageStatus.DELIVERED])
def test_a_receipt_a_day_later_settles_a_doubt(
    desk: Desk, resolution: Resolution | None, heard: MessageStatus
) -> None:
    state, (message,) = doubtful(desk)
    if resolution:
        desk.doubts.resolve_campaign(state.campaign.id, resolution)
    desk.clock.forward(DAY)

    desk.receive(message, heard, message_uuid="vonages-own")

    stored = desk.messages.find(message.id)
    assert (stored.status, stored.message_uuid) == (heard, "vonages-own")
    assert (stored.final_at is None) == (heard is MessageStatus.SUBMITTED)


def test_resolving_is_written_down(desk: Desk) -> None:
    state, (message, _) = doubtful(desk, 2)
    desk.doubts.resolve_message(message.id, say(Answer.SENT, "seen"))
    desk.clock.forward(1)
    desk.doubts.resolve_campaign(state.campaign.id, NOT_SENT)

    late, early = desk.audit.page(None, None, 10)

    assert (early.actor, early.action, early.subject_kind) == ("Ann", "resolved", "message")
    assert (early.subject_id, early.details) == (message.id, {"as": "sent", "note": "seen"})
    assert (late.subject_kind, late.subject_id) == ("campaign", state.campaign.id)
    assert late.details == {"as": "not_sent", "note": None, "messages": 1}
    assert desk.audit.page(message.id, None, 10) == [early]
    assert desk.audit.page(None, late.id, 10) == [early]


def test_pausing_resuming_and_cancelling_are_written_down(desk: Desk) -> None:
    campaign_id = desk.campaigns.launch(order(1)).state.campaign.id
    for deed in (desk.campaigns.pause, desk.campaigns.resume, desk.campaigns.cancel):
        deed(campaign_id, "Ann")
        desk.clock.forward(1)
    with pytest.raises(Conflict):
        desk.campaigns.pause(campaign_id, "Ann")

    told = [(event.action, event.actor) for event in desk.audit.page(campaign_id, None, 10)]

    assert told == [("cancelled", "Ann"), ("resumed", "Ann"), ("paused", "Ann")]


# Policy: hold, or send again after a silence.


def sweep(desk: Desk, seconds: float) -> None:
    desk.outbox.sweep(desk.clock.forward(seconds))


def test_by_default_a_doubt_is_held_for_a_person(desk: Desk) -> None:
    state, _ = doubtful(desk)
    sweep(desk, 30 * DAY)
    assert desk.counts(state) == {"in_doubt": 1}


def test_a_campaign_that_wants_it_sends_its_doubts_again_after_a_silence(desk: Desk) -> None:
    policy = Policy(canary=None, max_failure_rate=None, resend_after=600)
    state, messages = doubtful(desk, 3, policy=policy)
    held, _ = doubtful(desk, 1)

    sweep(desk, 599)
    assert desk.counts(state) == {"in_doubt": 3}
    sweep(desk, 7)
    assert desk.counts(state) == {"queued": 3}
    stored = desk.messages.find(messages[0].id)
    assert stored.reason == "sent again, as the campaign has it after 600 seconds of silence"
    assert {message.id for message in desk.send_all()} == {each.id for each in messages}
    assert campaign_of(desk, state) is CampaignStatus.FINISHED
    assert desk.counts(held) == {"in_doubt": 1}


def test_a_doubt_that_stays_one_is_sent_again_and_again(desk: Desk) -> None:
    policy = Policy(resend_after=60)
    state, _ = doubtful(desk, 1, policy=policy)
    for attempt in (2, 3, 4):
        sweep(desk, 66)
        (message,) = desk.claim()
        assert message.attempt == attempt
        desk.record([message], in_doubt)
    assert desk.counts(state) == {"in_doubt": 1}


def test_what_a_dead_process_was_sending_is_sent_again_after_the_silence(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1, policy=Policy(resend_after=60))).state
    desk.claim()

    sweep(desk, LEASE.total_seconds() + 1)
    assert desk.counts(state) == {"in_doubt": 1}
    sweep(desk, 66)

    assert [message.attempt for message in desk.claim()] == [2]


def test_more_doubts_than_one_chunk_are_all_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.storage import outbox  # noqa: PLC0415 (only here)

    monkeypatch.setattr(outbox, "_SWEPT_AT_ONCE", 2)
    state, _ = doubtful(desk, 5, policy=Policy(resend_after=60))
    sweep(desk, 66)
    assert desk.counts(state) == {"queued": 2, "in_doubt": 3}
    sweep(desk, 0.1)
    sweep(desk, 0.1)
    assert desk.counts(state) == {"queued": 5}


def test_a_cancelled_or_outdated_campaign_sends_no_doubt_again(desk: Desk) -> None:
    policy = Policy(resend_after=60)
    late, _ = doubtful(desk, 1, policy=policy, not_after=desk.clock() + timedelta(seconds=30))
    cancelled = desk.campaigns.launch(order(2, policy=policy)).state
    desk.record(desk.claim(room=1), in_doubt)
    desk.campaigns.cancel(cancelled.campaign.id, "Ann")

    sweep(desk, 100)

    assert desk.counts(late) == {"in_doubt": 1}
    assert desk.counts(cancelled) == {"in_doubt": 1, "skipped": 1}


# News of the first try while the second waits or is on its way.


def resent(desk: Desk) -> tuple[CampaignState, ClaimedMessage]:
    state, (message,) = doubtful(desk)
    desk.doubts.resolve_message(message.id, RESEND)
    return state, message


@pytest.mark.parametrize("heard", [MessageStatus.SUBMITTED, MessageStatus.DELIVERED])
def test_good_news_of_the_first_try_prevents_the_second(desk: Desk, heard: MessageStatus) -> None:
    state, message = resent(desk)

    desk.receive(message, heard, message_uuid="first", price=None)

    assert desk.send_all() == []
    assert desk.messages.find(message.id).message_uuid == "first"
    assert campaign_of(desk, state) is CampaignStatus.FINISHED
    desk.receive(message, MessageStatus.REJECTED, message_uuid="first")
    assert desk.status_of(message) is (
        MessageStatus.REJECTED if heard is MessageStatus.SUBMITTED else heard
    )


@pytest.mark.parametrize("heard", [MessageStatus.REJECTED, MessageStatus.UNDELIVERABLE])
def test_bad_news_of_the_first_try_does_not_end_the_second(
    desk: Desk, heard: MessageStatus
) -> None:
    state, message = resent(desk)
    desk.receive(message, heard, message_uuid="first", error_code="1000")
    assert desk.counts(state) == {"queued": 1}

    (again,) = desk.claim()
    desk.record([again], taken)
    desk.receive(message, heard, message_uuid="first", at=desk.clock.forward(5))
    assert desk.counts(state) == {"accepted": 1}

    desk.receive(again, heard, message_uuid=uuid_of(again))
    assert desk.counts(state) == {heard.value: 1}


def test_bad_news_that_may_be_of_either_try_waits_for_our_own_record(desk: Desk) -> None:
    state, message = resent(desk)
    (again,) = desk.claim()

    desk.receive(message, MessageStatus.REJECTED, message_uuid="first")
    desk.receive(message, MessageStatus.REJECTED, message_uuid=uuid_of(again), error_code="1230")
    assert desk.counts(state) == {"sending": 1}

    desk.record([again], taken)
    stored = desk.messages.find(message.id)
    assert (stored.status, stored.error_code) == (MessageStatus.REJECTED, "1230")
    assert stored.message_uuid == uuid_of(again)


def test_while_both_tries_are_in_doubt_good_news_settles_and_bad_news_does_not(
    desk: Desk,
) -> None:
    state, message = resent(desk)
    desk.record(desk.claim(), in_doubt)

    desk.receive(message, MessageStatus.REJECTED, message_uuid="one of them")
    assert desk.counts(state) == {"in_doubt": 1}
    desk.receive(message, MessageStatus.SUBMITTED, message_uuid="the other")
    assert desk.counts(state) == {"submitted": 1}


def test_the_answer_to_the_first_try_may_come_after_it_was_queued_again(desk: Desk) -> None:
    """The process was only slow: its lease was over, and the carrier had answered."""
    state = desk.campaigns.launch(order(1)).state
    (message,) = desk.claim()
    desk.outbox.sweep(desk.clock.forward(LEASE.total_seconds() + 1))
    desk.doubts.resolve_message(message.id, RESEND)

    desk.record([message], taken)

    assert desk.send_all() == []
    assert desk.counts(state) == {"accepted": 1}
    assert desk.messages.find(message.id).message_uuid == uuid_of(message)


def test_the_answer_to_the_first_try_says_nothing_of_the_second_on_its_way(desk: Desk) -> None:
    from tests.support.outcomes import refused, try_later  # noqa: PLC0415 (only here)

    for answer in (taken, refused, try_later, in_doubt):
        state = desk.campaigns.launch(order(1)).state
        (message,) = desk.claim()
        desk.outbox.sweep(desk.clock.forward(LEASE.total_seconds() + 1))
        desk.doubts.resolve_message(message.id, RESEND)
        (again,) = desk.claim()

        desk.record([message], answer)

        assert desk.counts(state) == {"sending": 1}
        desk.record([again], taken)
        assert desk.messages.find(message.id).message_uuid == uuid_of(again)
        desk.clock.forward(1)


def test_what_both_tries_cost_is_counted_once_each(desk: Desk) -> None:
    from decimal import Decimal  # noqa: PLC0415 (only here)

    from app.storage import spend  # noqa: PLC0415 (only here)

    state, message = resent(desk)
    (again,) = desk.claim()
    desk.record([again], taken)
    price = {"price": Decimal("0.03"), "currency": "EUR"}
    for uuid in ("first", uuid_of(again)) * 2:
        at = desk.clock.forward(1)
        desk.receive(message, MessageStatus.SUBMITTED, message_uuid=uuid, at=at, **price)
    desk.receive(message, MessageStatus.DELIVERED, message_uuid="first", **price)

    with desk.database.reading() as session:
        paid = spend.of_campaigns(session, [state.campaign.id])[state.campaign.id]
    assert (paid.amount, paid.messages) == (Decimal("0.06"), 2)


def test_what_was_put_in_doubt_by_hand_may_have_had_an_attempt(desk: Desk) -> None:
    """As the pages on backups tell: who knows what was sent after the backup."""
    from sqlalchemy import text  # noqa: PLC0415 (only here)

    from app.domain.phone import PhoneNumber  # noqa: PLC0415 (only here)

    stored = desk.messages.send(PhoneNumber("+14155550101"), "Hello", SENDER)
    with desk.database.writing() as session:
        session.execute(text("UPDATE messages SET status = 'in_doubt', reason = 'restored'"))

    desk.doubts.resolve_message(stored.id, RESEND)
    (message,) = desk.claim()
    desk.record([message], taken)
    desk.receive(message, MessageStatus.REJECTED, message_uuid="before the backup")

    assert message.attempt == 2
    assert desk.status_of(message) is MessageStatus.ACCEPTED
