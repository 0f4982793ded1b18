"""Orders that are thought over: drafts, launched or scheduled later, and changed until then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from app.domain.audit import AuditEvent
from app.domain.campaign import Addressees, CampaignOrder, OrderChanges, read_addressees
from app.domain.errors import FixInput, Mistake
from app.domain.lifecycle import Action, CampaignStatus, moved
from app.domain.moments import check_not_after
from app.domain.template import Template
from app.sending.ports import Runner
from app.services import planning, texts
from app.services.campaigns import CampaignState, Launched, held, state_of
from app.services.clock import Clock
from app.services.foresight import Foresight
from app.services.short_links import Supply
from app.storage import (
    audit,
    campaign_status,
    campaigns,
    idempotency,
    links,
    messages,
    orders,
    previews,
    senders,
)
from app.storage.campaigns import StoredCampaign
from app.storage.database import Database, Session
from app.storage.idempotency import Reservation


class Orders:
    """Draft campaigns, change them, let them go."""

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

    def draft(self, order: CampaignOrder, once: Reservation | None = None) -> Launched:
        """Keep an order without sending anything; it is read, so that mistakes show now.

        Raises FixInput when it would be over before it begins.
        """
        now = self._clock.now()
        check_not_after(order.not_after, order.scheduled_at, now)
        campaign_id = once.resource_id if once else next(self._clock.ids(now))
        with self._database.reading() as session:
            order = texts.with_text(session, order, self._link_base)
        campaign = planning.new_campaign(campaign_id, order, CampaignStatus.DRAFT, now)
        addressees = read_addressees(order.recipients, order.template)
        with self._database.writing() as session:
            idempotency.mark_done(session, once)
            senders.add(session, order.sender)
            campaigns.add(session, campaign)
            orders.keep(session, campaign_id, order.recipients)
            if order.target is not None:
                addressees = planning.read_people(session, campaign, order.template)
            planning.take_stock(session, campaign, addressees, order.template, now)
            state = state_of(session, campaign_id)
        return Launched(state, addressees)

    def launch(
        self,
        campaign_id: str,
        by: str,
        *,
        allow_duplicate: bool = False,
        once: Reservation | None = None,
        key_means_it: bool = True,
        preview_token: str | None = None,
    ) -> CampaignState:
        """Begin now, whatever it was scheduled for.

        A key says that the same campaign again is no slip, unless `key_means_it` is false: where
        every click has one, it says nothing.
        Raises NotFound, WrongStatus, DuplicateCampaign, PreviewChanged when it is not what the
        preview said, or FixInput when its time is over.
        """
        fields = {"scheduled_at": None} | _meant(allow_duplicate)
        terms = _Terms(once, preview_token, key_means_it)
        return self._let_go(campaign_id, Action.LAUNCH, by, fields, terms)

    def schedule(  # noqa: PLR0913 (all that a client may say of it)
        self,
        campaign_id: str,
        by: str,
        times: Mapping[str, Any],
        *,
        allow_duplicate: bool = False,
        once: Reservation | None = None,
        key_means_it: bool = True,
        preview_token: str | None = None,
    ) -> CampaignState:
        """Begin at its time, or at that of `times`, which are fields of a campaign.

        Raises NotFound, WrongStatus, DuplicateCampaign, PreviewChanged as `launch` does, or
        FixInput when there is no such time.
        """
        fields = dict(times) | _meant(allow_duplicate)
        terms = _Terms(once, preview_token, key_means_it)
        return self._let_go(campaign_id, Action.SCHEDULE, by, fields, terms)

    def recipients(self, campaign_id: str, most: int) -> list[object]:
        """The first of those that were named one by one, while it has not begun."""
        with self._database.reading() as session:
            return list(islice(orders.recipients_of(session, campaign_id), most))

    def change(self, campaign_id: str, by: str, changes: OrderChanges) -> CampaignState:
        """Change what has not begun, or the name, the pace and the brake of what is paused.

        Raises NotFound, WrongStatus, DuplicateCampaign, or FixInput when the times do not fit.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            old = held(session, campaign_id)
            moved(old.status, Action.ADJUST if changes.is_slight else Action.EDIT, None, now)
            changed = texts.named(session, changes.fields)
            new = _changed(old, changed, changes)
            if changes.fields.keys() & {"scheduled_at", "not_after"}:
                _check_times(new, now, must_wait=old.status is CampaignStatus.SCHEDULED)
            senders.add(session, new.sender)
            fields = {**changed, "policy": new.policy, "terms": new.terms}
            if old.status is not CampaignStatus.PAUSED:
                fields["is_released"] = planning.is_released(new)
            campaigns.change(session, campaign_id, fields)
            if changes.recipients is not None:
                orders.keep(session, campaign_id, changes.recipients)
            if changes.needs_planning or _is_moved(old, new):
                self._plan_again(session, new, now)
            elif "max_rate" in changed and old.status is CampaignStatus.SCHEDULED:
                self._foresee(session, new, now, None)
            self._note(session, campaign_id, Action.EDIT, by, now)
            return state_of(session, campaign_id)

    def _note(
        self, session: Session, campaign_id: str, action: Action, by: str, now: datetime
    ) -> None:
        event_id = next(self._clock.ids(now))
        audit.add(session, AuditEvent(event_id, now, by, action, "campaign", campaign_id))

    def _plan_again(self, session: Session, campaign: StoredCampaign, now: datetime) -> None:
        if campaign.status is CampaignStatus.SCHEDULED:
            self._clear(session, campaign)
            self._plan(session, campaign, now, is_meant=campaign.allow_duplicate)
        else:
            template = texts.template_of(session, campaign, self._link_base)
            addressees = self._read(session, campaign, template)
            planning.take_stock(session, campaign, addressees, template, now)

    def _clear(self, session: Session, campaign: StoredCampaign) -> None:
        links.remove_of(session, campaign.id)
        messages.remove_of(session, campaign.id)

    def _let_go(
        self,
        campaign_id: str,
        action: Action,
        by: str,
        fields: Mapping[str, Any],
        terms: "_Terms",
    ) -> CampaignState:
        now = self._clock.now()
        with self._database.writing() as session:
            idempotency.mark_done(session, terms.once)
            old = held(session, campaign_id)
            moved(old.status, action, None, now)
            new = replace(old, **fields)
            _check_times(new, now, must_wait=action is Action.SCHEDULE)
            if old.status is CampaignStatus.DRAFT:
                is_meant = new.allow_duplicate or terms.are_meant
                self._plan(session, new, now, is_meant=is_meant, token=terms.preview_token)
            elif _is_moved(old, new):
                self._clear(session, new)
                self._plan(session, new, now, is_meant=True, token=terms.preview_token)
            else:
                self._foresee(session, new, now, terms.preview_token)
            campaigns.change(session, campaign_id, fields)
            campaign_status.move(session, campaign_id, action, by, None, now)
            self._note(session, campaign_id, action, by, now)
            campaign_status.finish_done(session, [campaign_id], now)
            state = state_of(session, campaign_id)
            begins = new.scheduled_at if action is Action.SCHEDULE else None
            self._runner.schedule(session, begins or now)
        self._runner.wake()
        return state

    def _plan(
        self,
        session: Session,
        campaign: StoredCampaign,
        now: datetime,
        *,
        is_meant: bool,
        token: str | None = None,
    ) -> None:
        template = texts.template_of(session, campaign, self._link_base)
        addressees = self._read(session, campaign, template)
        ids = self._clock.ids_behind(campaign.id, now)
        supply = Supply(ids, self._clock.slugs(), self._link_base)
        planning.queue(
            *(session, campaign, addressees, template, supply, now),
            foresight=Foresight(self._default_rate, token),
            is_meant=is_meant,
        )

    def _read(self, session: Session, campaign: StoredCampaign, template: Template) -> Addressees:
        told = orders.recipients_of(session, campaign.id)
        return planning.read_people(session, campaign, template, told)

    def _foresee(
        self, session: Session, campaign: StoredCampaign, now: datetime, token: str | None
    ) -> None:
        """The same for what was queued when the campaign was scheduled; it begins anew now."""
        foresight = Foresight(self._default_rate, token)
        for _ in foresight.watch(campaign, previews.planned(session, campaign.id), now):
            pass
        foresight.settle(session, campaign, now)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a client says of letting a campaign go, beside when."""

    once: Reservation | None
    preview_token: str | None
    key_means_it: bool

    @property
    def are_meant(self) -> bool:
        """Is it known that the same again is no slip?"""
        return self.once is not None and self.key_means_it


def _meant(allow_duplicate: bool) -> dict[str, Any]:  # noqa: FBT001 (what a client said)
    return {"allow_duplicate": True} if allow_duplicate else {}


def _changed(
    campaign: StoredCampaign, fields: Mapping[str, Any], changes: OrderChanges
) -> StoredCampaign:
    policy = replace(campaign.policy, **(changes.brake or {}))
    terms = replace(campaign.terms, **(changes.terms or {}))
    return replace(campaign, **fields, policy=policy, terms=terms)


def _is_moved(old: StoredCampaign, new: StoredCampaign) -> bool:
    """Does it begin at another time, so that another hour is lawful for each of its readers?"""
    return old.scheduled_at != new.scheduled_at and not new.terms.are_free


def _check_times(campaign: StoredCampaign, now: datetime, *, must_wait: bool) -> None:
    if must_wait and campaign.scheduled_at is None:
        raise FixInput([Mistake("/scheduled_at", "is needed: when is it to begin?")])
    if must_wait and campaign.scheduled_at is not None and campaign.scheduled_at <= now:
        raise FixInput([Mistake("/scheduled_at", "is past; to begin now, launch the campaign")])
    check_not_after(campaign.not_after, campaign.scheduled_at, now)
