"""Who of a campaign must wait for a lawful hour, or has had enough texts already."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from app.domain.campaign import Addressees, PlannedMessage
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.terms import Slots, no_hour_before, over_cap_reason
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
    openings = _Openings(campaign, start, is_now=start <= now)
    return _each(openings, addressees, planned, capped, places)


class _Openings:
    """Gives each message of a campaign that begins at `start` its slot."""

    def __init__(self, campaign: StoredCampaign, start: datetime, *, is_now: bool) -> None:
        self.terms = campaign.terms
        self._slots = Slots(campaign.terms, start)
        self._ends = campaign.not_after
        self._start = start
        self._is_now = is_now

    def of(self, message: PlannedMessage, where: Mapping[str, str]) -> PlannedMessage:
        """The message with its slot; skipped where there is none before the campaign is over."""
        slot = self._slots.of(message.number, where)
        ends = self._ends
        if slot is None or (ends is not None and slot.due_at > ends):
            return _skipped(message, no_hour_before(ends if slot else None))
        # Told apart, since a campaign may be launched before the time that it was planned for.
        at_once = self._is_now and slot.due_at <= self._start
        due_at = AT_ONCE if at_once else slot.due_at
        return message._replace(due_at=due_at, closes_at=slot.closes_at, hold_note=slot.note)


def _each(
    openings: _Openings,
    addressees: Addressees,
    planned: Iterator[PlannedMessage],
    capped: set[str],
    places: Mapping[str, Mapping[str, str]],
) -> Iterator[PlannedMessage]:
    terms = openings.terms
    for message in planned:
        if message.status is not MessageStatus.QUEUED:
            yield message
        elif message.number in capped:
            yield _skipped(message, over_cap_reason(terms))
        elif terms.are_free:
            yield message
        else:
            known, told = places.get(message.number, NOWHERE), addressees.people[message.number]
            yield openings.of(message, {**known, **told} if known and told else known or told)


def _skipped(message: PlannedMessage, reason: str) -> PlannedMessage:
    return PlannedMessage(message.number, "", 0, MessageStatus.SKIPPED, reason)
