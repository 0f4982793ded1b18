"""Previews: what a campaign would do, with nothing of it done."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice

from app.domain.campaign import Addressees, CampaignOrder, PlannedMessage, Refusal
from app.domain.errors import FixInput, WrongStatus
from app.domain.lifecycle import NOT_BEGUN, CampaignStatus
from app.domain.moments import check_not_after
from app.domain.preview import Decision, Preview, Survey
from app.domain.roll import decisions
from app.domain.tally import Tally
from app.domain.template import Template
from app.domain.unknown_fields import FieldsSeen
from app.domain.warnings import Facts, warnings_of
from app.services import foresight, planning, texts
from app.services.campaigns import state_of
from app.services.clock import Clock
from app.storage import audit, campaigns, orders, previews
from app.storage.campaigns import StoredCampaign
from app.storage.database import Database, Session

_PAGE = 1_000  # refusals in memory at a time
_NO_ID = "00000000-0000-0000-0000-000000000000"


class Previews:
    """Say what would be done, to whom, at what cost."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        link_base: str | None = None,
        *,
        default_rate: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._link_base = link_base  # what short links begin with
        self._default_rate = default_rate  # of senders, in messages a second

    def of_order(self, order: CampaignOrder) -> Preview:
        """What would become of an order that is not kept; raises FixInput as a launch does."""
        now = self._clock.now()
        check_not_after(order.not_after, order.scheduled_at, now)
        with self._database.reading() as session:
            order = texts.with_text(session, order, self._link_base)
            campaign = planning.new_campaign(_NO_ID, order, CampaignStatus.DRAFT, now)
            named = planning.named_by(session, campaign, order.recipients)
            survey = _surveyed(session, campaign, named, order.template, now)
            preview = self._preview(session, campaign, survey, now)
        return replace(preview, campaign_id=None)

    def of(self, campaign_id: str) -> Preview:
        """What would become of a campaign that has not begun, with a token for its launch.

        Raises NotFound, WrongStatus when it has begun, or FixInput as a launch does.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            campaign = _waiting(session, campaign_id)
            survey = self._survey(session, campaign, now)
            preview = self._preview(session, campaign, survey, now)
        seal = foresight.seal_of(campaign, survey.tally)
        with self._database.writing() as session:
            token = previews.keep(session, campaign.id, seal, now)
        return replace(preview, token=token, valid_until=now + previews.VALID_FOR)

    def standing(self, campaign_id: str) -> tuple[StoredCampaign, str | None]:
        """The campaign, and the id of the last decision about it: every edit is one.

        Raises NotFound, or WrongStatus when it has begun.
        """
        with self._database.reading() as session:
            decided = audit.page(session, campaign_id, None, 1)
            return _waiting(session, campaign_id), decided[0].id if decided else None

    @contextmanager
    def rows(self, campaign_id: str) -> Iterator[tuple[datetime, Iterator[Decision]]]:
        """When it begins, and every decision in the client's order, few in memory at a time.

        Raises as `of` does, before anything is given. They are all of one moment: the database is
        read in one transaction until the block ends.
        """
        with self._database.reading() as session:
            campaign = _waiting(session, campaign_id)
            start = foresight.begins_at(campaign.scheduled_at, self._clock.now())
            if campaign.status is CampaignStatus.DRAFT:
                made = _decided(
                    session, campaign, *self._draft(session, campaign), self._clock.now()
                )
            else:
                made = _queued(session, campaign)
            first = list(islice(made, 1))  # what is wrong with all of them shows here
            yield start, chain(first, made)

    def _survey(self, session: Session, campaign: StoredCampaign, now: datetime) -> Survey:
        """What holds: of a draft the decisions of now, else those that are queued already."""
        if campaign.status is CampaignStatus.DRAFT:
            return _surveyed(session, campaign, *self._draft(session, campaign), now)
        survey = _empty(campaign, now)
        survey.add_all(_queued(session, campaign))
        survey.doubtful = campaign.not_valid_count  # counted when it was planned
        return survey

    def _draft(
        self, session: Session, campaign: StoredCampaign
    ) -> tuple[Iterable[object], Template]:
        """Whom a draft means now, and what they are to read."""
        template = texts.template_of(session, campaign, self._link_base)
        told = orders.recipients_of(session, campaign.id)
        return planning.named_by(session, campaign, told), template

    def _preview(
        self, session: Session, campaign: StoredCampaign, survey: Survey, now: datetime
    ) -> Preview:
        foreseen = foresight.estimate_of(session, campaign, survey.tally, self._default_rate, now)
        facts = Facts(
            campaign.message,
            campaign.sender,
            survey,
            foreseen,
            campaign.policy,
            campaign.not_after,
        )
        return Preview(now, survey, foreseen, warnings_of(facts), campaign.id)


def _waiting(session: Session, campaign_id: str) -> StoredCampaign:
    campaign = state_of(session, campaign_id).campaign
    if campaign.status not in NOT_BEGUN:
        raise WrongStatus(
            campaign.status,
            f"a campaign that is {campaign.status} cannot be previewed, only one that is"
            f" {' or '.join(NOT_BEGUN)}",
        )
    return campaign


def _empty(campaign: StoredCampaign, now: datetime) -> Survey:
    return Survey(Tally(foresight.begins_at(campaign.scheduled_at, now)))


def _surveyed(
    session: Session,
    campaign: StoredCampaign,
    recipients: Iterable[object],
    template: Template,
    now: datetime,
) -> Survey:
    """All decisions added up; raises FixInput when the text needs a field that nobody has."""
    seen, survey = FieldsSeen(template), _empty(campaign, now)
    survey.add_all(_decided(session, campaign, seen.noting(recipients), template, now))
    if mistakes := seen.mistakes():
        raise FixInput(mistakes)
    return survey


def _decided(
    session: Session,
    campaign: StoredCampaign,
    recipients: Iterable[object],
    template: Template,
    now: datetime,
) -> Iterator[Decision]:
    def decide(addressees: Addressees) -> Iterator[PlannedMessage]:
        return planning.decide(session, campaign, addressees, template, now)

    return decisions(recipients, template, decide)


def _queued(session: Session, campaign: StoredCampaign) -> Iterator[Decision]:
    """Planned messages first: which place each had in the client's list is no longer known."""
    for message in previews.planned(session, campaign.id):
        yield Decision(message)
    for refusal in _refusals(session, campaign.id):
        yield Decision(refusal=refusal, position=refusal.position)


def _refusals(session: Session, campaign_id: str) -> Iterator[Refusal]:
    after = -1
    while page := campaigns.refusals(session, campaign_id, after, _PAGE):
        yield from page
        after = page[-1].position
