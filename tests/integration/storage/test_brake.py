"""The safety brake: canary, failure rate, opt-outs, spend caps, lateness; on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.campaign import OrderChanges
from app.domain.lifecycle import CampaignStatus
from app.domain.message import ClaimedMessage, MessageStatus, Outcome, OutcomeKind
from app.domain.policy import BRAKE, DEFAULT_POLICY, NO_BRAKE, SPEND_CAP
from app.services.campaigns import CampaignState
from app.storage.campaigns import StoredCampaign
from app.storage.database import Database
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk
from tests.support.fakes import accepted

SMALL = replace(DEFAULT_POLICY, canary=10, canary_from=20)
"""A brake for campaigns of a size that tests can send."""


def now_of(desk: Desk, state: CampaignState) -> StoredCampaign:
    return desk.campaigns.find(state.campaign.id).campaign


def take(desk: Desk, room: int = 100) -> list[ClaimedMessage]:
    """What can be claimed within a second, accepted by Vonage."""
    taken: list[ClaimedMessage] = []
    for _ in range(10):
        claimed = desk.claim(room - len(taken)) if len(taken) < room else ()
        desk.record(claimed)
        taken += claimed
        desk.clock.forward(0.1)
    return taken


def first(count: int, outcome: Outcome) -> Callable[[ClaimedMessage], Outcome]:
    """Answers to so many messages with this outcome, and accepts the others."""
    left = iter([outcome] * count)
    return lambda message: next(left, None) or accepted(message)


def test_a_large_campaign_sends_its_canary_and_waits(desk: Desk) -> None:
    state = desk.campaigns.launch(order(30, policy=SMALL)).state

    assert len(take(desk)) == 10
    assert take(desk) == []
    assert desk.counts(state) == {"accepted": 10, "queued": 20}


def test_it_goes_on_when_most_of_the_canary_is_settled(desk: Desk) -> None:
    desk.campaigns.launch(order(30, policy=SMALL))
    canary = take(desk)

    for message in canary[:7]:
        desk.receive(message, MessageStatus.DELIVERED)
    assert take(desk) == []
    desk.receive(canary[7], MessageStatus.DELIVERED)

    assert len(take(desk)) == 20


def test_it_goes_on_when_the_canary_was_waited_for(desk: Desk) -> None:
    desk.campaigns.launch(order(30, policy=SMALL))
    take(desk)

    desk.clock.forward(SMALL.canary_wait - 3)
    assert take(desk) == []
    desk.clock.forward(3)
    assert len(take(desk)) == 20


def test_a_canary_is_of_its_size_over_several_processes(desk: Desk, database: Database) -> None:
    other = Desk(database)
    other.clock = desk.clock
    desk.campaigns.launch(order(30, policy=SMALL))

    taken = [*desk.claim(room=6), *other.claim(room=6)]
    desk.clock.forward(1)
    taken += [*desk.claim(room=6), *other.claim(room=6)]

    assert len(taken) == 10


def test_a_canary_that_fails_holds_the_rest(desk: Desk) -> None:
    policy = replace(SMALL, canary=25)
    state = desk.campaigns.launch(order(40, policy=policy)).state
    for message in take(desk):
        desk.receive(message, MessageStatus.REJECTED, error_code="1050")

    assert take(desk) == []
    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, BRAKE)
    assert campaign.status_reason == (
        "safety brake: 25 of 25 messages failed, the limit is 25%."
        " Look at their error codes before you resume."
    )
    assert desk.counts(state) == {"rejected": 25, "queued": 15}


@pytest.mark.parametrize("recipients", [20, 5])
def test_a_small_campaign_has_no_canary(desk: Desk, recipients: int) -> None:
    desk.campaigns.launch(order(recipients, policy=SMALL))

    assert len(take(desk)) == recipients


def test_without_a_brake_there_is_no_canary(desk: Desk) -> None:
    desk.campaigns.launch(order(50, policy=replace(NO_BRAKE, canary_from=20)))

    assert len(take(desk)) == 50


def test_who_opted_out_before_does_not_make_a_campaign_large(desk: Desk) -> None:
    for number in numbers(5):
        desk.inbound.receive("{}", inbound("STOP", number))
    desk.send_all()
    desk.campaigns.launch(order(25, policy=SMALL))

    assert len(take(desk)) == 20


def test_too_many_failures_pause_with_the_reason(desk: Desk) -> None:
    state = desk.campaigns.launch(order(100)).state
    refused = Outcome(OutcomeKind.REFUSED, "no such number", code="1120")
    desk.record(desk.claim(room=30), first(30, refused))
    desk.clock.forward(1)

    assert desk.claim() == ()
    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, BRAKE)
    assert "30 of 30 messages failed, the limit is 25%" in (campaign.status_reason or "")
    assert desk.counts(state) == {"failed": 30, "queued": 70}


def test_some_failures_are_ordinary(desk: Desk) -> None:
    state = desk.campaigns.launch(order(100)).state
    sent = take(desk)
    for place, message in enumerate(sent):
        status = MessageStatus.DELIVERED if place % 5 else MessageStatus.REJECTED
        desk.receive(message, status)
    take(desk)

    assert now_of(desk, state).status is CampaignStatus.FINISHED


def test_who_resumes_has_decided_about_the_failures(desk: Desk) -> None:
    state = desk.campaigns.launch(order(100)).state
    refused = Outcome(OutcomeKind.REFUSED, "no such number", code="1120")
    desk.record(desk.claim(room=30), first(30, refused))
    desk.clock.forward(1)
    desk.claim()

    desk.campaigns.resume(state.campaign.id, "Ann")

    desk.record(desk.claim(room=30), first(30, refused))
    desk.clock.forward(1)
    assert len(desk.claim()) == 40
    policy = now_of(desk, state).policy
    assert (policy.max_failure_rate, policy.max_opt_out_rate) == (None, None)
    assert policy.late_tolerance == DEFAULT_POLICY.late_tolerance


def test_who_resumes_after_a_pause_of_its_own_keeps_the_brake(desk: Desk) -> None:
    state = desk.campaigns.launch(order(3)).state
    desk.campaigns.pause(state.campaign.id, "Ann")
    desk.campaigns.resume(state.campaign.id, "Ann")

    assert now_of(desk, state).policy == DEFAULT_POLICY


def test_opt_outs_that_answer_a_campaign_pause_it(desk: Desk) -> None:
    state = desk.campaigns.launch(order(60)).state
    for message in take(desk, room=30):
        if int(message.to[-4:]) < 10:
            desk.inbound.receive("{}", inbound("STOP", message.to))
    desk.clock.forward(1)

    kinds = {message.campaign_id for message in desk.claim()}

    assert kinds <= {None}  # the answers to STOP go out
    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, BRAKE)
    assert "10 of 30 recipients opted out, the limit is 5%" in (campaign.status_reason or "")
    assert campaign.opt_outs_after == 10


def test_a_stop_is_put_down_to_the_campaign_that_wrote_last(desk: Desk) -> None:
    older = desk.campaigns.launch(order(2)).state
    desk.send_all()
    newer = desk.campaigns.launch(order(1, text="Another")).state
    desk.send_all()
    waiting = desk.campaigns.launch(order(2, text="Not sent")).state

    for number in numbers(2):
        desk.inbound.receive("{}", inbound("STOP", number))

    assert now_of(desk, newer).opt_outs_after == 1
    assert now_of(desk, older).opt_outs_after == 1
    assert now_of(desk, waiting).opt_outs_after == 0


def test_a_stop_again_counts_once_and_one_after_a_week_not_at_all(desk: Desk) -> None:
    state = desk.campaigns.launch(order(2)).state
    desk.send_all()
    one, other = numbers(2)

    desk.inbound.receive("{}", inbound("STOP", one))
    desk.inbound.receive("{}", inbound("STOP", one))
    desk.clock.forward(8 * 24 * 3600)
    desk.inbound.receive("{}", inbound("STOP", other))

    assert now_of(desk, state).opt_outs_after == 1


def test_a_message_that_vonage_did_not_take_is_not_answered(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1)).state
    desk.record(desk.claim(), lambda _: Outcome(OutcomeKind.REFUSED, "no", code="1120"))

    desk.inbound.receive("{}", inbound("STOP", numbers(1)[0]))

    assert now_of(desk, state).opt_outs_after == 0


def test_stopping_and_starting_over_and_over_breaks_nothing(desk: Desk) -> None:
    state = desk.campaigns.launch(order(40)).state
    take(desk, room=20)
    for _ in range(25):
        desk.inbound.receive("{}", inbound("STOP", numbers(1)[0]))
        desk.inbound.receive("{}", inbound("START", numbers(1)[0]))
    desk.clock.forward(1)
    desk.claim()

    assert now_of(desk, state).status is CampaignStatus.PAUSED


def spend(desk: Desk, messages: list[ClaimedMessage], price: str) -> None:
    for message in messages:
        desk.receive(message, MessageStatus.DELIVERED, price=Decimal(price), currency="EUR")


def test_a_campaign_pauses_when_its_cap_is_spent(desk: Desk) -> None:
    policy = replace(NO_BRAKE, spend_cap=Decimal("1.00"))
    state = desk.campaigns.launch(order(30, policy=policy)).state

    spend(desk, take(desk, room=9), "0.1")
    spend(desk, take(desk, room=1), "0.1")
    assert take(desk) == []

    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, SPEND_CAP)
    assert campaign.status_reason == (
        "spend cap: about 1.00 of 1.00 is spent. Raise the cap before you resume."
    )


def test_a_raised_cap_lets_it_go_on_and_the_old_one_does_not(desk: Desk) -> None:
    policy = replace(NO_BRAKE, spend_cap=Decimal("1.00"))
    campaign_id = desk.campaigns.launch(order(30, policy=policy)).state.campaign.id
    spend(desk, take(desk, room=10), "0.1")
    take(desk)

    desk.campaigns.resume(campaign_id, "Ann")
    assert take(desk) == []
    desk.orders.change(campaign_id, "Ann", OrderChanges(brake={"spend_cap": Decimal(2)}))
    desk.campaigns.resume(campaign_id, "Ann")

    assert len(take(desk, room=5)) == 5


def test_all_campaigns_pause_when_the_cap_of_the_day_is_spent(database: Database) -> None:
    desk = Desk(database, daily_cap=Decimal("1.00"))
    states = [desk.campaigns.launch(order(20, text=text)).state for text in ("One", "Two")]
    spend(desk, take(desk, room=10), "0.1")

    assert take(desk) == []
    for state in states:
        campaign = now_of(desk, state)
        assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, SPEND_CAP)
        assert campaign.status_reason == (
            "daily spend cap: 1.00 is spent today. Resume tomorrow (UTC), or raise SPEND_CAP_DAY."
        )

    desk.clock.forward(12 * 3600)  # another day
    desk.claim()  # everything stood still since, so that nothing else is paused by this
    for state in states:
        desk.campaigns.resume(state.campaign.id, "Ann")
    assert len(take(desk)) == 30
    desk.check_counts()


def test_after_six_hours_down_what_was_being_sent_waits_for_a_person(desk: Desk) -> None:
    state = desk.campaigns.launch(order(30)).state
    take(desk, room=10)

    desk.clock.forward(6 * 3600)

    assert take(desk) == []
    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, "late start")
    assert campaign.status_reason == (
        "nothing was sent from 2026-03-02 12:00 to 2026-03-02 18:00 UTC."
        " Resume it if it may still go out now."
    )
    desk.campaigns.resume(state.campaign.id, "Ann")
    assert len(take(desk)) == 20


def test_after_six_hours_down_what_was_due_waits_for_a_person(desk: Desk) -> None:
    at = desk.clock() + timedelta(hours=1)
    state = desk.campaigns.launch(order(5, scheduled_at=at)).state
    take(desk)

    desk.clock.forward(7 * 3600)

    assert take(desk) == []
    campaign = now_of(desk, state)
    assert (campaign.status, campaign.status_by) == (CampaignStatus.PAUSED, "late start")
    assert "it was to begin at 2026-03-02 13:00 UTC and could not" in (campaign.status_reason or "")
    desk.campaigns.resume(state.campaign.id, "Ann")
    assert len(take(desk)) == 5


@pytest.mark.parametrize("tolerance", [7 * 3600.0, None])
def test_within_its_tolerance_a_campaign_goes_on(desk: Desk, tolerance: float | None) -> None:
    policy = replace(DEFAULT_POLICY, late_tolerance=tolerance)
    at = desk.clock() + timedelta(hours=1)
    desk.campaigns.launch(order(5, policy=policy))
    desk.campaigns.launch(order(5, policy=policy, scheduled_at=at))
    take(desk, room=2)

    desk.clock.forward(6 * 3600)

    assert len(take(desk)) == 8


def test_what_is_not_to_be_sent_any_more_is_skipped_with_the_reason(desk: Desk) -> None:
    at = desk.clock() + timedelta(minutes=10)
    state = desk.campaigns.launch(order(30, not_after=at)).state
    take(desk, room=10)

    desk.clock.forward(601)

    assert take(desk) == []
    assert desk.counts(state) == {"accepted": 10, "skipped": 20}
    assert now_of(desk, state).status is CampaignStatus.FINISHED
    (skipped, *_) = desk.campaigns.messages(state.campaign.id, MessageStatus.SKIPPED, None, 10)
    assert skipped.reason == "too late: not to be sent after 2026-03-02 12:10 UTC"
