"""Who of a campaign must wait for a lawful hour, or has had enough texts already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.campaign import Audience, PlannedMessage
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.terms import no_hour_before, over_cap, slot_for
from app.storage import holds
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session

NOWHERE: Mapping[str, str] = {}


def within_hours(
    session: Session,
    campaign: StoredCampaign,
    audience: Audience,
    planned: Iterator[PlannedMessage],
    now: datetime,
) -> Iterator[PlannedMessage]:
    """The same messages, each with its slot; skipped where there is none, or enough was sent."""
    terms = campaign.terms
    if terms.are_free and not terms.cap:
        return planned
    start = max(now, campaign.scheduled_at or now)
    numbers: Sequence[PhoneNumber] = list(audience.people)
    capped = holds.over_cap(session, terms, numbers, start)
    places = {} if terms.are_free else holds.places(session, numbers)
    return _each(campaign, audience, planned, start, (capped, places))


def _each(
    campaign: StoredCampaign,
    audience: Audience,
    planned: Iterator[PlannedMessage],
    start: datetime,
    known: tuple[set[str], Mapping[str, Mapping[str, str]]],
) -> Iterator[PlannedMessage]:
    terms, (capped, places) = campaign.terms, known
    for message in planned:
        if message.status is not MessageStatus.QUEUED:
            yield message
        elif message.number in capped:
            yield _skipped(message, over_cap(terms))
        elif terms.are_free:
            yield message
        else:
            told = audience.people[message.number]
            where = {**places.get(message.number, NOWHERE), **told}
            yield _slotted(campaign, message, where, start)


def _slotted(
    campaign: StoredCampaign, message: PlannedMessage, where: Mapping[str, str], start: datetime
) -> PlannedMessage:
    slot = slot_for(campaign.terms, message.number, where, start)
    ends = campaign.not_after
    if slot is None or (ends is not None and slot.due_at > ends):
        return _skipped(message, no_hour_before(ends if slot else None))
    due_at = AT_ONCE if slot.due_at <= start else slot.due_at
    return replace(message, due_at=due_at, closes_at=slot.closes_at, hold_note=slot.note)


def _skipped(message: PlannedMessage, reason: str) -> PlannedMessage:
    return PlannedMessage(message.number, "", 0, MessageStatus.SKIPPED, reason)
