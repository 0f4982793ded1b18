"""Why did they get it, or why not: whole stories, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from app.domain.message import (
    ClaimedMessage,
    DeliveryReceipt,
    MessageStatus,
    Outcome,
    OutcomeKind,
)
from app.domain.phone import PhoneNumber
from app.domain.policy import DEFAULT_POLICY
from app.domain.timeline import Source, TimelineEntry, What
from app.services.timeline import Timeline, Timelines
from tests.support.builders import SENDER, inbound, numbers, order
from tests.support.desk import LEASE, Desk

NUMBER = PhoneNumber("+14155550101")


def told(desk: Desk, number: str = NUMBER) -> Timeline:
    return Timelines(desk.database).of(PhoneNumber(number))


def kinds(timeline: Timeline) -> list[str]:
    return [entry.what.value for entry in timeline.entries]


def only(timeline: Timeline, what: What) -> TimelineEntry:
    (entry,) = [each for each in timeline.entries if each.what is what]
    return entry


def sentences(timeline: Timeline) -> list[str]:
    return [verdict.sentence for verdict in timeline.summary]


def throttled(_message: ClaimedMessage) -> Outcome:
    return Outcome(
        OutcomeKind.TRY_LATER, "too many requests", code="429", retry_after=2.0, throttled=True
    )


def claim_one(desk: Desk) -> ClaimedMessage:
    (message,) = desk.claim()
    return message


def test_a_whole_story_is_told_in_order(desk: Desk) -> None:
    at = desk.clock() + timedelta(minutes=10)
    person = {"to": "+1 (415) 555-0101", "name": "Ann"}
    desk.campaigns.launch(order([person], "Hi {{ name }}", name="Spring", scheduled_at=at))
    desk.clock.forward(600)
    message = claim_one(desk)
    desk.clock.forward(0.3)
    desk.record([message], throttled)
    desk.clock.forward(4)
    again = claim_one(desk)
    desk.clock.forward(0.2)
    desk.record([again])
    desk.clock.forward(1)
    desk.receive(message, MessageStatus.SUBMITTED)
    desk.clock.forward(1)
    desk.receive(message, MessageStatus.DELIVERED)
    delivered_at = desk.clock()
    desk.clock.forward(60)
    desk.inbound.receive("{}", inbound("stop pls", NUMBER, desk.clock()))
    desk.clock.forward(5)
    desk.send_all()
    desk.clock.forward(3600)
    second = desk.campaigns.launch(order([NUMBER], name="Summer")).state

    timeline = told(desk)

    assert kinds(timeline) == [
        "contact",
        "planned",
        "held",
        "released",
        "claimed",
        "attempted",
        "claimed",
        "attempted",
        "receipt",
        "receipt",
        "replied",
        "opted_out",
        "answered",
        "claimed",
        "attempted",
        "skipped",
    ]
    assert all(one.at <= other.at for one, other in pairwise(timeline.entries))
    by_kind = {entry.what: entry for entry in timeline.entries}
    attempts = [entry for entry in timeline.entries if entry.what is What.ATTEMPTED]
    assert by_kind[What.HELD].sentence == (
        "held: the campaign is scheduled for 2026-03-02 12:10:00 UTC"
    )
    assert attempts[0].sentence == "attempt 1: Vonage did not take it (429): too many requests"
    assert attempts[1].sentence == (f"attempt 2: Vonage accepted it (message uuid-of-{message.id})")
    assert by_kind[What.RECEIPT].evidence.webhook_event_id is not None
    assert by_kind[What.RECEIPT].source is Source.CARRIER
    assert by_kind[What.OPTED_OUT].sentence == "opted out by texting “stop pls”"
    assert by_kind[What.OPTED_OUT].source is Source.RECIPIENT
    skipped = by_kind[What.SKIPPED]
    assert skipped.sentence == "skipped: opted out on 2 March 2026 by texting “stop pls”"
    assert skipped.rule == "opt-outs are checked when a message is planned"
    assert skipped.evidence.campaign_id == second.campaign.id
    consent_event = by_kind[What.OPTED_OUT].evidence.consent_event_id
    assert skipped.evidence.consent_event_id == consent_event is not None
    assert timeline.is_opted_out
    assert timeline.note is None
    verdicts = {verdict.campaign_name: verdict.sentence for verdict in timeline.summary}
    assert verdicts == {
        "Spring": f"delivered at {delivered_at:%Y-%m-%d %H:%M:%S} UTC",
        None: f"our answer: accepted by Vonage at {attempts[2].at:%Y-%m-%d %H:%M:%S} UTC,"
        " no receipt has come yet",
        "Summer": "not sent: opted out on 2 March 2026 by texting “stop pls”",
    }


def test_of_an_unknown_number_nothing_is_known(desk: Desk) -> None:
    timeline = told(desk)

    assert (timeline.summary, timeline.entries) == ((), ())
    assert timeline.note == "nothing is known about this number"
    assert not timeline.is_opted_out


def test_nothing_of_other_numbers_is_told(desk: Desk) -> None:
    desk.campaigns.launch(order(3))
    desk.send_all()

    assert kinds(told(desk)) == []
    assert kinds(told(desk, numbers(3)[1])) == ["planned", "claimed", "attempted"]


def test_a_receipt_that_came_too_late_to_matter_is_told_as_such(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    (message,) = desk.send_all()
    desk.receive(message, MessageStatus.DELIVERED)
    desk.clock.forward(1)
    desk.receive(message, MessageStatus.SUBMITTED)
    desk.receive(message, MessageStatus.SUBMITTED)

    first, second = [each for each in told(desk).entries if each.what is What.RECEIPT]

    assert first.detail["changed"]
    assert not second.detail["changed"]
    assert "changed nothing, since “delivered” had been heard before" in second.sentence


def test_a_receipt_that_was_held_is_linked_once_its_message_is_known(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    message = claim_one(desk)
    uuid = f"uuid-of-{message.id}"
    receipt = DeliveryReceipt(MessageStatus.DELIVERED, desk.clock(), message_uuid=uuid)
    desk.receipts.apply("{}", receipt)
    assert What.RECEIPT not in [entry.what for entry in told(desk).entries]

    desk.clock.forward(1)
    desk.record([message])

    entry = only(told(desk), What.RECEIPT)
    assert (entry.evidence.message_id, entry.evidence.message_uuid) == (message.id, uuid)
    assert entry.detail["vonage_at"] == receipt.at


def test_a_refused_message_says_what_vonage_said(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    message = claim_one(desk)
    desk.record([message], lambda _: Outcome(OutcomeKind.REFUSED, "no such number", code="1120"))

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "claimed", "attempted"]
    assert only(timeline, What.ATTEMPTED).source is Source.CARRIER
    assert sentences(timeline) == [
        "not sent: failed at 2026-03-02 12:00:00 UTC (1120): no such number"
    ]


def test_a_message_whose_process_died_is_in_doubt(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    claim_one(desk)
    assert sentences(told(desk)) == ["being sent since 2026-03-02 12:00:00 UTC"]
    desk.clock.forward(LEASE.total_seconds() + 1)
    desk.outbox.sweep(desk.clock())

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "claimed", "in_doubt"]
    assert timeline.entries[1].sentence == "claimed for attempt 1: no answer of it was recorded"
    assert sentences(timeline)[0].startswith("in doubt since 2026-03-02 12:00:31 UTC")


def test_no_answer_is_told_once(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    message = claim_one(desk)
    desk.record([message], lambda _: Outcome(OutcomeKind.IN_DOUBT, "no answer in time"))

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "claimed", "attempted"]
    assert timeline.entries[2].source is Source.US


def test_a_pause_says_who_and_why_and_ends(desk: Desk) -> None:
    state = desk.campaigns.launch(order([NUMBER], name="Spring")).state
    desk.clock.forward(1)
    desk.campaigns.pause(state.campaign.id, "Ann")
    assert sentences(told(desk)) == ["waiting: its campaign is paused by Ann"]
    desk.clock.forward(1)
    desk.campaigns.resume(state.campaign.id, "Bob")
    desk.clock.forward(1)
    message = claim_one(desk)
    broke = Outcome(OutcomeKind.CAMPAIGN_MUST_PAUSE, "low balance", code="402")
    desk.clock.forward(1)
    desk.record([message], lambda _: broke)

    timeline = told(desk)

    assert kinds(timeline) == [
        "planned",
        "held",
        "released",
        "claimed",
        "held",  # by Vonage
        "held",  # to be tried again
        "attempted",
    ]
    by_ann, released, by_vonage = (timeline.entries[place] for place in (1, 2, 4))
    assert by_ann.sentence == "held: the campaign was paused by Ann"
    assert by_ann.source is Source.CLIENT
    assert released.sentence == "no longer held: the campaign was resumed by Bob"
    assert by_vonage.sentence == "held: the campaign was paused by Vonage: low balance"
    assert by_vonage.source is Source.CARRIER
    assert sentences(timeline) == ["waiting: its campaign is paused by Vonage: low balance"]


def test_what_happened_to_a_campaign_afterwards_is_no_part_of_the_story(desk: Desk) -> None:
    state = desk.campaigns.launch(order([NUMBER, *numbers(1)])).state
    desk.record(desk.claim(room=1))
    desk.clock.forward(1)
    desk.campaigns.pause(state.campaign.id, "Ann")

    assert kinds(told(desk)) == ["planned", "claimed", "attempted"]
    assert kinds(told(desk, numbers(1)[0])) == ["planned", "held"]


def test_who_waits_behind_a_canary_is_told_so(desk: Desk) -> None:
    policy = replace(DEFAULT_POLICY, canary=2, canary_from=2)
    desk.campaigns.launch(order([*numbers(2), NUMBER], policy=policy))
    desk.record(desk.claim())
    desk.clock.forward(1)
    assert desk.claim() == ()
    assert sentences(told(desk)) == ["waiting: the first 2 of its campaign are being watched"]
    desk.clock.forward(20)
    desk.send_all()

    assert kinds(told(desk)) == ["planned", "held", "released", "claimed", "attempted"]
    assert kinds(told(desk, numbers(2)[0])) == ["planned", "claimed", "attempted"]


def test_who_was_named_twice_is_told_so(desk: Desk) -> None:
    desk.campaigns.launch(order([*numbers(2), NUMBER, "1 415 555 0101"]))

    timeline = told(desk)

    assert kinds(timeline) == ["refused", "planned"]
    assert timeline.entries[0].sentence == (
        "your list named it twice: entry 3 (the first is 0) is the same number as recipient 2,"
        " so no message was made for this entry"
    )
    assert len(timeline.summary) == 1


def test_who_was_refused_altogether_gets_a_verdict(desk: Desk) -> None:
    ada = {"to": numbers(1)[0], "name": "Ada"}
    desk.campaigns.launch(order([ada, {"to": NUMBER}], "Hi {{ name }}", name="Spring"))

    (verdict,) = told(desk).summary

    assert verdict.message_id is None
    assert verdict.campaign_name == "Spring"
    assert verdict.sentence == (
        "not sent: entry 1 (the first is 0) of your list was refused:"
        " the text needs a value for name"
    )


def test_a_stop_skips_what_waits_and_says_which(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    desk.clock.forward(1)
    desk.inbound.receive("{}", inbound("STOP", NUMBER))

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "replied", "opted_out", "skipped", "answered"]
    assert timeline.entries[3].rule == "an opt-out skips everything that waits for the number"
    assert timeline.entries[1].evidence.webhook_event_id is not None


def test_a_return_and_a_call_for_help_are_told(desk: Desk) -> None:
    for text in ("STOP", "HELP", "START", "Thank you!"):
        desk.inbound.receive("{}", inbound(text, NUMBER))
        desk.clock.forward(1)

    timeline = told(desk)

    assert [each for each in kinds(timeline) if each != "answered"] == [
        *("replied", "opted_out", "replied", "asked_for_help"),
        *("replied", "opted_in", "replied"),
    ]
    assert not timeline.is_opted_out


def test_an_opt_out_that_vonage_reports_is_the_carriers_word(desk: Desk) -> None:
    desk.campaigns.launch(order([NUMBER]))
    (message,) = desk.send_all()
    desk.receive(message, MessageStatus.REJECTED, error_code="1240", reason="has sent STOP")
    desk.clock.forward(1)
    desk.messages.send(NUMBER, "Hello", SENDER)

    timeline = told(desk)

    opted_out = only(timeline, What.OPTED_OUT)
    assert (opted_out.source, opted_out.sentence) == (
        Source.CARRIER,
        "opted out as Vonage reported (error 1240)",
    )
    assert sentences(timeline) == [
        "not delivered: the carrier refused it at 2026-03-02 12:00:01 UTC (1240): has sent STOP",
        "not sent: opted out on 2 March 2026 as Vonage reported (error 1240)",
    ]


def test_a_cancelled_campaign_skips_with_its_reason(desk: Desk) -> None:
    state = desk.campaigns.launch(order([NUMBER])).state
    desk.clock.forward(1)
    desk.campaigns.cancel(state.campaign.id, "Ann")

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "skipped"]
    assert sentences(timeline) == ["not sent: the campaign was cancelled"]


def test_what_was_tried_too_often_was_given_up(desk: Desk) -> None:
    late = desk.clock() + timedelta(seconds=30)
    desk.campaigns.launch(order([NUMBER], not_after=late))
    message = claim_one(desk)
    no_more = Outcome(OutcomeKind.TRY_LATER, "busy", retry_after=60.0)
    desk.record([message], lambda _: no_more)

    timeline = told(desk)

    assert kinds(timeline) == ["planned", "claimed", "attempted", "given_up"]
    assert sentences(timeline) == [
        "not sent: failed at 2026-03-02 12:00:00 UTC: given up after 1 attempts: busy"
    ]


def test_a_long_story_is_cut_at_its_beginning_and_says_so(desk: Desk) -> None:
    for place in range(4):
        desk.campaigns.launch(order([NUMBER], name=f"Campaign {place}"))
        desk.clock.forward(1)

    timeline = Timelines(desk.database, most=3).of(NUMBER)

    assert [verdict.campaign_name for verdict in timeline.summary] == [
        "Campaign 1",
        "Campaign 2",
        "Campaign 3",
    ]
    assert len(timeline.entries) == 3
    assert timeline.note == "only the newest 3 entries are shown"
