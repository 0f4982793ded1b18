"""Campaigns: sent at once, looked at, held."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.domain.audit import AuditEvent
from app.domain.campaign import Addressees, CampaignOrder, Refusal, read_addressees
from app.domain.errors import NotFound, TryAgain
from app.domain.ids import is_id
from app.domain.lifecycle import Action, CampaignStatus
from app.domain.message import OPEN, MessageStatus
from app.domain.moments import check_not_after
from app.domain.policy import BRAKE
from app.sending.ports import Runner
from app.services import planning, texts
from app.services.clock import Clock
from app.services.foresight import Foresight
from app.services.short_links import Supply
from app.services.waiting import wait_until
from app.storage import (
    audit,
    campaign_status,
    campaigns,
    idempotency,
    message_list,
    orders,
    senders,
)
from app.storage.campaigns import ANY, CampaignSearch, StoredCampaign
from app.storage.counts import counts_of
from app.storage.database import Database, Session
from app.storage.idempotency import Answer, Reservation
from app.storage.message_list import StoredMessage, Wanted


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
    addressees: Addressees


class Campaigns:
    """Send campaigns, look at them, hold them."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        clock: Clock,
        link_base: str | None = None,
        *,
        default_rate: float,
    ) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._link_base = link_base  # what short links begin with
        self._default_rate = default_rate  # of senders, in messages a second

    def launch(
        self,
        order: CampaignOrder,
        once: Reservation | None = None,
        answer: Callable[[Launched], Answer] | None = None,
    ) -> Launched:
        """Store the campaign and queue its messages; from here on it survives a crash.

        `answer` makes what the client will be told, which is kept with it.

        Raises FixInput when it would be over before it begins, and DuplicateCampaign.
        """
        now = self._clock.now()
        check_not_after(order.not_after, order.scheduled_at, now)
        later = order.scheduled_at is not None and order.scheduled_at > now
        status = CampaignStatus.SCHEDULED if later else CampaignStatus.SENDING
        campaign_id = once.resource_id if once else next(self._clock.ids(now))
        with self._database.reading() as session:
            order = texts.with_text(session, order, self._link_base)
        campaign = planning.new_campaign(campaign_id, order, status, now)
        # Beside the transaction, which nothing should lengthen; contacts can only be read in it.
        addressees = read_addressees(order.recipients, order.template)
        ids = self._clock.ids_behind(campaign_id, now)
        supply = Supply(ids, self._clock.slugs(), self._link_base)
        with self._database.writing() as session:
            idempotency.mark_done(session, once)
            senders.add(session, order.sender)
            campaigns.add(session, campaign)
            if order.target is not None:
                addressees = planning.read_people(session, campaign, order.template)
            if later:
                orders.keep(session, campaign_id, order.recipients)
            # A key says already that this is no slip.
            is_meant = order.allow_duplicate or once is not None
            planning.queue(
                *(session, campaign, addressees, order.template, supply, now),
                foresight=Foresight(self._default_rate),
                is_meant=is_meant,
            )
            campaign_status.finish_done(session, [campaign_id], now)
            launched = Launched(state_of(session, campaign_id), addressees)
            if once and answer:
                idempotency.keep_answer(session, once.id, answer(launched))
            self._runner.schedule(session, (later and order.scheduled_at) or now)
        self._runner.wake()
        return launched

    def launched(self, campaign_id: str, recipients: Sequence[object]) -> Launched:
        """What was answered when it was stored, or should have been; raises NotFound."""
        with self._database.reading() as session:
            state = state_of(session, campaign_id)
            if state.campaign.target is not None:  # contacts may have changed since
                kept = campaigns.refusals(session, campaign_id, -1, state.campaign.recipient_count)
                return Launched(state, Addressees(refusals=kept))
            template = texts.template_of(session, state.campaign, self._link_base)
        return Launched(state, read_addressees(recipients, template))

    def find(self, campaign_id: str) -> CampaignState:
        """The campaign as it stands; raises NotFound."""
        with self._database.reading() as session:
            return state_of(session, campaign_id)

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

    def page(
        self, before: str | None, limit: int, search: CampaignSearch = ANY
    ) -> list[CampaignState]:
        """Campaigns that the search finds, the newest first."""
        with self._database.reading() as session:
            found = campaigns.page(session, search, before, limit)
            counts = counts_of(session, [campaign.id for campaign in found])
        return [CampaignState(campaign, counts[campaign.id]) for campaign in found]

    def messages(
        self,
        campaign_id: str,
        wanted: MessageStatus | Wanted | None,
        after: str | None,
        limit: int,
    ) -> list[StoredMessage]:
        """A page of its messages in the order of the recipients; raises NotFound."""
        self.find(campaign_id)
        if not isinstance(wanted, Wanted):
            wanted = Wanted(wanted)
        with self._database.reading() as session:
            return message_list.page(session, campaign_id, wanted, after, limit)

    def refusals(self, campaign_id: str, after: int, limit: int) -> list[Refusal]:
        """A page of the recipients that were refused; raises NotFound."""
        self.find(campaign_id)
        with self._database.reading() as session:
            return campaigns.refusals(session, campaign_id, after, limit)

    def pause(self, campaign_id: str, by: str, reason: str | None = None) -> CampaignState:
        """Claim no more of its messages; raises NotFound, or WrongStatus."""
        return self._move(campaign_id, Action.PAUSE, by, reason)

    def resume(self, campaign_id: str, by: str) -> CampaignState:
        """Go on with what is queued; raises NotFound, or WrongStatus.

        One that the safety brake paused goes on without its limits: a person has decided.
        """
        return self._move(campaign_id, Action.RESUME, by)

    def cancel(self, campaign_id: str, by: str, reason: str | None = None) -> CampaignState:
        """Skip what is queued; what is on its way arrives. Raises NotFound, or WrongStatus."""
        cancelled = self._move(campaign_id, Action.CANCEL, by, reason)
        # By itself, since messages are locked before campaigns. The sweep does what this leaves.
        with suppress(TryAgain), self._database.writing() as session:
            campaign_status.clear_cancelled(session, self._clock.now())
            cancelled = state_of(session, campaign_id)
        return cancelled

    def _move(
        self, campaign_id: str, action: Action, by: str, reason: str | None = None
    ) -> CampaignState:
        now = self._clock.now()
        event_id = next(self._clock.ids(now))
        with self._database.writing() as session:
            campaign = held(session, campaign_id)
            told = None if action is Action.RESUME else _told(session, campaign_id, reason)
            campaign_status.move(session, campaign_id, action, by, told, now)
            why = {"reason": reason} if reason else {}
            audit.add(session, AuditEvent(event_id, now, by, action, "campaign", campaign_id, why))
            if action is Action.RESUME and campaign.status_by == BRAKE:
                campaigns.change(session, campaign_id, {"policy": campaign.policy.trusted()})
            campaign_status.finish_done(session, [campaign_id], now)
            state = state_of(session, campaign_id)
        self._runner.wake()
        return state


def state_of(session: Session, campaign_id: str) -> CampaignState:
    """The campaign as it stands; raises NotFound.

    What a transaction answers is looked at before its commit: if the look failed after it, the
    client would be told that nothing was done.
    """
    campaign = campaigns.find(session, campaign_id) if is_id(campaign_id) else None
    if campaign is None:
        raise _unknown(campaign_id)
    return CampaignState(campaign, counts_of(session, [campaign_id])[campaign_id])


def held(session: Session, campaign_id: str) -> StoredCampaign:
    """The campaign, which nobody else can change before the transaction ends; raises NotFound."""
    campaign = campaigns.hold(session, campaign_id) if is_id(campaign_id) else None
    if campaign is None:
        raise _unknown(campaign_id)
    return campaign


def _unknown(campaign_id: str) -> NotFound:
    return NotFound(f"there is no campaign {campaign_id}")


def _told(session: Session, campaign_id: str, reason: str | None) -> str | None:
    """The reason, with what cannot be held back any more."""
    sending = counts_of(session, [campaign_id])[campaign_id][MessageStatus.SENDING]
    in_flight = f"messages already on their way: {sending}" if sending else None
    return f"{reason} ({in_flight})" if reason and in_flight else reason or in_flight
