"""Campaigns: from an order to messages in the outbox, and how they stand."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.audit import AuditEvent
from app.domain.campaign import (
    OPTED_OUT,
    Audience,
    CampaignOrder,
    PlannedMessage,
    Refusal,
    plan,
    read_audience,
)
from app.domain.errors import NotFound
from app.domain.ids import is_id
from app.domain.lifecycle import Action, CampaignStatus
from app.domain.message import AT_ONCE, OPEN, MessageKind, MessageStatus
from app.sending.ports import Runner
from app.services.clock import Clock
from app.services.waiting import wait_until
from app.storage import (
    audit,
    campaign_status,
    campaigns,
    consent,
    contacts,
    message_list,
    messages,
    senders,
)
from app.storage.campaigns import StoredCampaign
from app.storage.counts import counts_of
from app.storage.database import Database, Session
from app.storage.message_list import StoredMessage
from app.storage.messages import NewMessage


@dataclass(frozen=True, slots=True)
class CampaignState:
    """A campaign with the number of its messages in each status."""

    campaign: StoredCampaign
    counts: Mapping[MessageStatus, int]

    @property
    def is_tried(self) -> bool:
        """Has every message been handed to the gateway, or never will be?"""
        return not any(self.counts[status] for status in OPEN)


@dataclass(frozen=True, slots=True)
class Launched:
    """What became of an order at once."""

    state: CampaignState
    audience: Audience


class Campaigns:
    """Launch campaigns, look at them, hold them."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def launch(self, order: CampaignOrder) -> Launched:
        """Store the campaign and queue its messages; from here on it survives a crash."""
        now = self._clock.now()
        ids = self._clock.ids(now)
        audience = read_audience(order.recipients, order.template)
        campaign = _new_campaign(next(ids), order, audience, now)
        tally: Counter[str] = Counter()
        with self._database.writing() as session:
            stopped = consent.opted_out(session, list(audience.people))
            senders.add(session, order.sender)
            campaigns.add(session, campaign)
            campaigns.add_refusals(session, campaign.id, audience.refusals)
            contacts.remember(session, _with_fields(audience), now)
            planned = plan(audience, order.template, stopped)
            messages.add(session, _outgoing(campaign, planned, ids, tally), now)
            campaign = _counted(campaign, tally)
            campaigns.set_counts(session, campaign)
            campaign_status.finish_done(session, [campaign.id], now)
            # Looked at before the commit: after it, a failing look would ask for a second launch.
            state = _state(session, campaign.id)
        assert state is not None
        self._runner.wake()
        return Launched(state, audience)

    def find(self, campaign_id: str) -> CampaignState:
        """The campaign as it stands; raises NotFound."""
        with self._database.reading() as session:
            state = _state(session, campaign_id) if is_id(campaign_id) else None
        if state is None:
            raise NotFound(f"there is no campaign {campaign_id}")
        return state

    def wait_until_tried(self, state: CampaignState, seconds: float) -> CampaignState:
        """The campaign once every message was tried, or as last seen after so many seconds."""
        return wait_until(
            state,
            lambda: self.find(state.campaign.id),
            lambda seen: (
                seen.is_tried
                or seen.campaign.status is not CampaignStatus.SENDING
                or self._runner.is_stopping()
            ),
            seconds,
        )

    def page(self, before: str | None, limit: int) -> list[CampaignState]:
        """Campaigns, the newest first."""
        with self._database.reading() as session:
            found = campaigns.page(session, before, limit)
            counts = counts_of(session, [campaign.id for campaign in found])
        return [CampaignState(campaign, counts[campaign.id]) for campaign in found]

    def messages(
        self, campaign_id: str, status: MessageStatus | None, after: str | None, limit: int
    ) -> list[StoredMessage]:
        """A page of its messages in the order of the recipients; raises NotFound."""
        self.find(campaign_id)
        with self._database.reading() as session:
            return message_list.page(session, campaign_id, status, after, limit)

    def refusals(self, campaign_id: str, after: int, limit: int) -> list[Refusal]:
        """A page of the recipients that were refused; raises NotFound."""
        self.find(campaign_id)
        with self._database.reading() as session:
            return campaigns.refusals(session, campaign_id, after, limit)

    def pause(self, campaign_id: str, by: str) -> CampaignState:
        """Claim no more of its messages; raises NotFound, or Conflict with the status."""
        return self._move(campaign_id, Action.PAUSE, by)

    def resume(self, campaign_id: str, by: str) -> CampaignState:
        """Go on with what is queued; raises NotFound, or Conflict with the status."""
        return self._move(campaign_id, Action.RESUME, by)

    def cancel(self, campaign_id: str, by: str) -> CampaignState:
        """Skip what is queued; what is on its way arrives. Raises NotFound, or Conflict."""
        return self._move(campaign_id, Action.CANCEL, by)

    def _move(self, campaign_id: str, action: Action, by: str) -> CampaignState:
        self.find(campaign_id)
        now = self._clock.now()
        event_id = next(self._clock.ids(now))
        with self._database.writing() as session:
            campaign_status.move(session, campaign_id, action, by, None, now)
            audit.add(session, AuditEvent(event_id, now, by, action, "campaign", campaign_id))
            campaign_status.clear_cancelled(session, now)
            campaign_status.finish_done(session, [campaign_id], now)
        self._runner.wake()
        return self.find(campaign_id)


def _state(session: Session, campaign_id: str) -> CampaignState | None:
    campaign = campaigns.find(session, campaign_id)
    if campaign is None:
        return None
    return CampaignState(campaign, counts_of(session, [campaign_id])[campaign_id])


def _new_campaign(
    campaign_id: str, order: CampaignOrder, audience: Audience, now: datetime
) -> StoredCampaign:
    later = order.scheduled_at is not None and order.scheduled_at > now
    return StoredCampaign(
        id=campaign_id,
        name=order.name or f"Campaign of {now:%Y-%m-%d %H:%M} UTC",
        message=order.template.text,
        sender=order.sender,
        status=CampaignStatus.SCHEDULED if later else CampaignStatus.SENDING,
        status_reason=None,
        status_by=None,
        created_at=now,
        scheduled_at=order.scheduled_at,
        not_after=order.not_after,
        started_at=None if later else now,
        finished_at=None,
        recipient_count=len(order.recipients),
        accepted_count=0,
        rejected_count=audience.rejected_count,
        duplicate_count=audience.duplicate_count,
        opted_out_count=0,
        not_valid_count=len(audience.not_valid),
        policy=order.policy,
        is_released=not order.policy.needs_canary(len(audience.people)),
        opt_outs_after=0,
    )


def _with_fields(audience: Audience) -> dict[str, Mapping[str, str]]:
    return {number: fields for number, fields in audience.people.items() if fields}


def _outgoing(
    campaign: StoredCampaign,
    planned: Iterator[PlannedMessage],
    ids: Iterator[str],
    tally: Counter[str],
) -> Iterator[NewMessage]:
    for message in planned:
        tally[message.reason or MessageStatus.QUEUED] += 1
        yield NewMessage(
            id=next(ids),
            kind=MessageKind.CAMPAIGN,
            number=message.number,
            sender=campaign.sender,
            text=message.text,
            segments=message.segments,
            due_at=campaign.scheduled_at or AT_ONCE,
            campaign_id=campaign.id,
            status=message.status,
            reason=message.reason,
        )


def _counted(campaign: StoredCampaign, tally: Counter[str]) -> StoredCampaign:
    accepted, opted_out = tally[MessageStatus.QUEUED], tally[OPTED_OUT]
    return replace(
        campaign,
        accepted_count=accepted,
        opted_out_count=opted_out,
        # A text that came out empty or too long for one recipient is a refusal as well.
        rejected_count=campaign.rejected_count + tally.total() - accepted - opted_out,
    )
