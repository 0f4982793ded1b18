"""Who of a campaign must wait for a lawful hour, or has had enough texts already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.campaign import Addressees, PlannedMessage
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.terms import no_hour_before, over_cap_reason, slot_for
from app.storage import holds
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session

NOWHERE: Mapping[str, str] = {}


def within_hours(
    session: Session,
    campaign: StoredCampaign,
    addressees: Addressees,
    planned: Iterator[PlannedMessage],
    now: datetime,
) -> Iterator[PlannedMessage]:
    """The same messages, each with its slot; skipped where there is none, or enough was sent."""
    terms = campaign.terms
    if terms.are_free and not terms.cap:
        return planned
    start = max(now, campaign.scheduled_at or now)
    numbers: Sequence[PhoneNumber] = list(addressees.people)
    capped = holds.capped(session, terms, numbers, start)
    places = {} if terms.are_free else holds.places(session, numbers)
    slots = Slots(campaign, start, is_now=start <= now)
    return _each(slots, addressees, planned, capped, places)


@dataclass(frozen=True, slots=True)
class Slots:
    """Finds the slot of each message of a campaign that begins at `start`."""

    campaign: StoredCampaign
    start: datetime
    is_now: bool

    def of(self, message: PlannedMessage, where: Mapping[str, str]) -> PlannedMessage:
        """The message with its slot; skipped where there is none before the campaign is over."""
        slot = slot_for(self.campaign.terms, message.number, where, self.start)
        ends = self.campaign.not_after
        if slot is None or (ends is not None and slot.due_at > ends):
            return _skipped(message, no_hour_before(ends if slot else None))
        # Told apart, since a campaign may be launched before the time that it was planned for.
        at_once = self.is_now and slot.due_at <= self.start
        due_at = AT_ONCE if at_once else slot.due_at
        return replace(message, due_at=due_at, closes_at=slot.closes_at, hold_note=slot.note)


def _each(
    slots: Slots,
    addressees: Addressees,
    planned: Iterator[PlannedMessage],
    capped: set[str],
    places: Mapping[str, Mapping[str, str]],
) -> Iterator[PlannedMessage]:
    terms = slots.campaign.terms
    for message in planned:
        if message.status is not MessageStatus.QUEUED:
            yield message
        elif message.number in capped:
            yield _skipped(message, over_cap_reason(terms))
        elif terms.are_free:
            yield message
        else:
            told = addressees.people[message.number]
            yield slots.of(message, {**places.get(message.number, NOWHERE), **told})


def _skipped(message: PlannedMessage, reason: str) -> PlannedMessage:
    return PlannedMessage(message.number, "", 0, MessageStatus.SKIPPED, reason)
