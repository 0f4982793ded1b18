"""The report of a campaign: it agrees with the messages, whatever happened to them."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.funnel import Funnel
from app.domain.message import ClaimedMessage, MessageStatus, Outcome, OutcomeKind
from app.services.reports import Report
from app.services.retries import Wish
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk

D, R, S = MessageStatus.DELIVERED, MessageStatus.REJECTED, MessageStatus.SUBMITTED


def sent(desk: Desk, count: int = 6) -> tuple[str, list[ClaimedMessage]]:
    state = desk.campaigns.launch(order(count)).state
    return state.campaign.id, desk.send_all()


def told(report: Report) -> list[tuple[int, int, int]]:
    return [(each.delivered, each.failed, each.on_the_way) for each in report.deliveries.spans]


def test_a_funnel_tells_where_each_recipient_stayed(desk: Desk) -> None:
    named = [*numbers(8), numbers(1)[0], "nonsense"]
    campaign_id = desk.campaigns.launch(order(named)).state.campaign.id
    taken = desk.claim()
    desk.record(taken[:1], lambda _: Outcome(OutcomeKind.REFUSED, "no", code="1120"))
    desk.record(taken[1:2], lambda _: Outcome(OutcomeKind.IN_DOUBT, "no answer"))
    desk.record(taken[2:])
    desk.receive(taken[2], D)
    desk.receive(taken[3], D)
    desk.receive(taken[4], R, error_code="1210")
    desk.receive(taken[5], S)

    assert desk.reports.of(campaign_id).funnel == Funnel(
        recipients=10,
        refused=1,
        duplicates=1,
        not_planned=0,
        queued=0,
        sending=0,
        skipped=0,
        in_doubt=1,
        refused_by_vonage=1,
        sent=6,
        on_the_way=3,
        refused_by_carrier=1,
        delivered=2,
    )


def test_deliveries_stand_in_the_minute_in_which_they_were_heard_of(desk: Desk) -> None:
    campaign_id, taken = sent(desk)
    begin = desk.clock()
    desk.receive(taken[0], D, at=begin + timedelta(minutes=1))
    desk.receive(taken[1], D, at=begin + timedelta(minutes=2))
    desk.receive(taken[2], R, at=begin + timedelta(minutes=2), error_code="1180")

    assert told(desk.reports.of(campaign_id)) == [(0, 0, 3), (1, 0, 0), (1, 1, 0)]


def test_a_receipt_that_overtakes_another_leaves_one_place_for_the_next(desk: Desk) -> None:
    campaign_id, taken = sent(desk, 1)
    begin = desk.clock()
    for minutes, status in ((1, S), (2, R), (4, D), (3, S)):
        desk.receive(taken[0], status, at=begin + timedelta(minutes=minutes))

    report = desk.reports.of(campaign_id)
    assert told(report) == [(1, 0, 0)]
    assert report.deliveries.spans[0].begins_at.minute == (begin + timedelta(minutes=4)).minute
    assert report.failures == []


def test_failures_are_told_by_code_in_words_the_most_frequent_first(desk: Desk) -> None:
    campaign_id, taken = sent(desk)
    for message, code in zip(taken, ["1210", "1180", "1180", "4711", None], strict=False):
        desk.receive(message, R, error_code=code)

    found = desk.reports.of(campaign_id).failures
    assert [(each.code, each.messages, each.may_pass) for each in found] == [
        ("1180", 2, True),
        (None, 1, False),
        ("1210", 1, False),
        ("4711", 1, False),
    ]
    assert found[0].words == "The phone could not be reached: off, or without signal"


def test_what_is_sent_again_is_no_failure_any_more(desk: Desk) -> None:
    campaign_id, taken = sent(desk, 2)
    desk.receive(taken[0], R, error_code="1180")
    desk.receive(taken[1], R, error_code="1210")
    desk.clock.forward(120)

    assert desk.retries.retry_failed(campaign_id, Wish("somebody")).retried == 1

    report = desk.reports.of(campaign_id)
    assert [(each.code, each.messages) for each in report.failures] == [("1210", 1)]
    desk.send_all()
    assert desk.reports.of(campaign_id).funnel.on_the_way == 1


def test_replies_and_opt_outs_are_put_down_to_the_campaign_that_they_answer(desk: Desk) -> None:
    older, _ = sent(desk, 3)
    desk.clock.forward(60)
    newer, _ = sent(desk, 3)
    one, two, three = numbers(3)
    for number, text in ((one, "Thanks!"), (one, "Until when?"), (two, "STOP"), (three, "HELP")):
        desk.inbound.receive("{}", inbound(text, number, desk.clock()))
    desk.clock.forward(8 * 86_400)
    desk.inbound.receive("{}", inbound("Hello?", one, desk.clock()))

    campaign = desk.reports.of(newer).state.campaign
    assert (campaign.inbound_after, campaign.opt_outs_after) == (3, 1)
    campaign = desk.reports.of(older).state.campaign
    assert (campaign.inbound_after, campaign.opt_outs_after) == (0, 0)


def test_what_waits_for_a_later_time_is_told_apart(desk: Desk) -> None:
    campaign_id = desk.campaigns.launch(order(4)).state.campaign.id
    later = Outcome(OutcomeKind.TRY_LATER, "not now", retry_after=100.0)
    desk.record(desk.claim(3), lambda _: later)

    waiting = desk.reports.of(campaign_id).later
    assert (waiting.messages, waiting.is_more) == (3, False)
    assert waiting.next_at
    assert 100 < (waiting.next_at - desk.clock()).total_seconds() < 102
    desk.clock.forward(200)
    assert desk.reports.of(campaign_id).later.messages == 0


def test_the_report_of_nothing_is_not_found(desk: Desk) -> None:
    for campaign_id in ("nonsense", "01a20284-46ec-7085-90b1-3294384bf7a9"):
        with pytest.raises(NotFound):
            desk.reports.of(campaign_id)
