"""What became of a message, step by step: as entries of a timeline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.campaign import OPTED_OUT
from app.domain.history import (
    History,
    KnownAttempt,
    KnownCampaign,
    KnownCampaignEvent,
    KnownConsent,
    KnownMessage,
)
from app.domain.message import OPEN, MessageKind, MessageStatus
from app.domain.timeline import NO_DETAIL, Evidence, Source, TimelineEntry, What
from app.domain.wording import at_time, opt_out_before, quoted, why_skipped


@dataclass(frozen=True, slots=True)
class Life:
    """One message with all that is known around it."""

    message: KnownMessage
    campaign: KnownCampaign | None
    events: tuple[KnownCampaignEvent, ...]
    attempts: tuple[KnownAttempt, ...]
    consents: tuple[KnownConsent, ...]

    @property
    def ended_at(self) -> datetime | None:
        """When it waited no longer; None while it does."""
        message = self.message
        if message.status in OPEN:
            return None
        return message.accepted_at or message.final_at or message.status_at

    @property
    def first_claim(self) -> datetime | None:
        """When it was first taken out of the queue, as far as that is written down."""
        claims = [each.claimed_at for each in self.attempts if each.claimed_at]
        return min(claims, default=self.message.sent_at)

    def entry(
        self,
        at: datetime,
        what: What,
        sentence: str,
        rule: str,
        source: Source = Source.US,
        detail: Mapping[str, Any] = NO_DETAIL,
        **evidence: str | None,
    ) -> TimelineEntry:
        """An entry with the ids of this message."""
        ids = {"campaign_id": self.message.campaign_id, "message_id": self.message.id, **evidence}
        return TimelineEntry(at, what, sentence, rule, source, Evidence(**ids), detail)


def lives(history: History) -> Iterator[Life]:
    """Every message with what belongs to it."""
    for message in history.messages:
        yield Life(
            message,
            history.campaigns.get(message.campaign_id or ""),
            tuple(e for e in history.campaign_events if e.campaign_id == message.campaign_id),
            tuple(each for each in history.attempts if each.message_id == message.id),
            history.consents,
        )


def tell_queue(life: Life) -> Iterator[TimelineEntry]:
    """From planning to the last claim, or until it was skipped; in no order."""
    if not life.message.was_planned_away:
        yield _planned(life)
        yield from _scheduled(life)
        yield from _campaign(life)
        yield from _canary(life)
        yield from _claims(life)
        yield from _waits_again(life)
    if life.message.status is MessageStatus.SKIPPED:
        yield _skipped(life)


def _planned(life: Life) -> TimelineEntry:
    message = life.message
    at, by = message.created_at, f"from {message.sender}"
    if message.kind is MessageKind.REPLY:
        rule = "STOP, START and HELP are answered once for each change"
        return life.entry(at, What.ANSWERED, f"our answer was queued, {by}", rule)
    of = f"of campaign {quoted(life.campaign.name)}" if life.campaign else "on its own"
    rule = "every recipient gets one message, unless it opted out"
    return life.entry(at, What.PLANNED, f"a message {of} was queued, {by}", rule, Source.CLIENT)


def _scheduled(life: Life) -> Iterator[TimelineEntry]:
    campaign, message = life.campaign, life.message
    if campaign and campaign.scheduled_at and campaign.scheduled_at > message.created_at:
        sentence = f"held: the campaign is scheduled for {at_time(campaign.scheduled_at)}"
        rule = "nothing leaves before the time of its campaign"
        yield life.entry(message.created_at, What.HELD, sentence, rule, Source.CLIENT)


_CAMPAIGN = {
    "paused": (What.HELD, "held: the campaign was paused by"),
    "resumed": (What.RELEASED, "no longer held: the campaign was resumed by"),
    "launched": (What.RELEASED, "no longer held: the campaign was started by"),
    "started": (What.RELEASED, "no longer held: the campaign began by its"),
    "released": (What.RELEASED, "no longer held: enough is known of the campaign's"),
}


def _campaign(life: Life) -> Iterator[TimelineEntry]:
    """What held the campaign while this message was waiting."""
    for event in life.events:
        over = life.ended_at is not None and event.at > life.ended_at
        before_canary = event.event == "released" and not _was_behind_canary(life)
        if event.event in _CAMPAIGN and event.at >= life.message.created_at and not over:
            if before_canary:
                continue
            what, done = _CAMPAIGN[event.event]
            sentence = f"{done} {event.by}" + (f": {event.reason}" if event.reason else "")
            rule = "nothing is claimed of a campaign that is not sending"
            yield life.entry(event.at, what, sentence, rule, event.source)


def _was_behind_canary(life: Life) -> bool:
    canary_at = life.campaign.canary_at if life.campaign else None
    if canary_at is None:
        return False
    over = life.ended_at is not None and life.ended_at < canary_at
    return not over and (life.first_claim is None or life.first_claim > canary_at)


def _canary(life: Life) -> Iterator[TimelineEntry]:
    campaign = life.campaign
    if campaign and campaign.canary_at and _was_behind_canary(life):
        sentence = (
            f"held: {campaign.canary} messages of the campaign went ahead,"
            " and what becomes of them is awaited"
        )
        rule = "a large campaign begins with a few"
        yield life.entry(campaign.canary_at, What.HELD, sentence, rule)


_IN_CLAIM = "opt-outs, the rules of the campaign and the pace are checked in the claim"


def _claims(life: Life) -> Iterator[TimelineEntry]:
    message = life.message
    for attempt in life.attempts:
        if attempt.claimed_at is not None:
            sentence = f"claimed for attempt {attempt.number}"
            yield life.entry(attempt.claimed_at, What.CLAIMED, sentence, _IN_CLAIM)
    recorded = max((each.number for each in life.attempts), default=0)
    if message.attempts > recorded and message.sent_at is not None:
        on_its_way = message.status is MessageStatus.SENDING
        then = "it is on its way" if on_its_way else "no answer of it was recorded"
        sentence = f"claimed for attempt {message.attempts}: {then}"
        yield life.entry(message.sent_at, What.CLAIMED, sentence, _IN_CLAIM)


def _waits_again(life: Life) -> Iterator[TimelineEntry]:
    message = life.message
    if message.hold_note and not message.was_planned_away:
        rule = "marketing texts arrive at lawful hours, wherever their reader may be"
        yield life.entry(message.created_at, What.HELD, message.hold_note, rule)
    if message.status is MessageStatus.QUEUED and message.attempts:
        sentence = f"held: to be tried again at {at_time(message.due_at)} or soon after"
        rule = "what Vonage provably did not take is tried again, each time later"
        yield life.entry(message.status_at, What.HELD, sentence, rule)


def _skipped(life: Life) -> TimelineEntry:
    message = life.message
    consent = opt_out_before(message.status_at, life.consents)
    is_opted_out = message.reason == OPTED_OUT
    return life.entry(
        message.status_at,
        What.SKIPPED,
        f"skipped: {why_skipped(message, life.consents)}",
        _skipping_rule(message, consent) if is_opted_out else _OTHER_RULE,
        detail={"reason": message.reason, "when_planned": message.was_planned_away},
        consent_event_id=consent.id if consent and is_opted_out else None,
    )


_OTHER_RULE = "what can not or must not be sent any more is skipped"


def _skipping_rule(message: KnownMessage, consent: KnownConsent | None) -> str:
    if message.was_planned_away:
        return "opt-outs are checked when a message is planned"
    if consent is not None and consent.at == message.status_at:
        return "an opt-out skips everything that waits for the number"
    return "opt-outs are checked in the claim"
