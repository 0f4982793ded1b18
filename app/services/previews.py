"""Previews: what a campaign would do, with nothing of it done."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from app.domain.campaign import CampaignOrder, Refusal
from app.domain.errors import WrongStatus
from app.domain.lifecycle import CampaignStatus
from app.domain.moments import check_not_after
from app.domain.preview import Decision, Preview, Survey
from app.domain.roll import decisions
from app.domain.tally import Tally
from app.domain.template import Template, read_template
from app.domain.warnings import Facts, warnings_of
from app.services import foresight, planning
from app.services.campaigns import state_of
from app.services.clock import Clock
from app.storage import campaigns, orders, previews
from app.storage.campaigns import StoredCampaign
from app.storage.database import Database, Session

_PAGE = 1_000  # refusals in memory at a time
_NOT_BEGUN = (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED)
_NO_ID = "00000000-0000-0000-0000-000000000000"


class Previews:
    """Say what would be done, to whom, at what cost."""

    def __init__(self, database: Database, default_rate: float, clock: Clock) -> None:
        self._database = database
        self._default_rate = default_rate
        self._clock = clock

    def of_order(self, order: CampaignOrder) -> Preview:
        """What would become of an order that is not kept; raises FixInput as a launch does."""
        now = self._clock.now()
        check_not_after(order.not_after, order.scheduled_at, now)
        campaign = planning.new_campaign(_NO_ID, order, CampaignStatus.DRAFT, now)
        with self._database.reading() as session:
            made = _decided(session, order.recipients, order.template)
            preview = self._preview(session, campaign, made, now)
        return replace(preview, campaign_id=None)

    def of(self, campaign_id: str) -> Preview:
        """What would become of a campaign that has not begun, with a token for its launch.

        Raises NotFound, or WrongStatus when it has begun.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            campaign = _waiting(session, campaign_id)
            preview = self._preview(session, campaign, _made(session, campaign), now)
        seal = foresight.seal_of(campaign, preview.survey.tally)
        with self._database.writing() as session:
            token = previews.keep(session, campaign.id, seal, now)
        return replace(preview, token=token, valid_until=now + previews.VALID_FOR)

    @contextmanager
    def rows(self, campaign_id: str) -> Iterator[tuple[datetime, Iterator[Decision]]]:
        """When it begins, and every decision in the client's order, few in memory at a time.

        Raises as `of` does, before anything is given. They are all of one moment: the database is
        read in one transaction until the block ends.
        """
        with self._database.reading() as session:
            campaign = _waiting(session, campaign_id)
            start = foresight.begins_at(campaign.scheduled_at, self._clock.now())
            yield start, _made(session, campaign)

    def _preview(
        self, session: Session, campaign: StoredCampaign, made: Iterable[Decision], now: datetime
    ) -> Preview:
        survey = Survey(Tally(foresight.begins_at(campaign.scheduled_at, now)))
        survey.add_all(made)
        if campaign.status is CampaignStatus.SCHEDULED:  # counted when it was planned
            survey.doubtful = campaign.not_valid_count
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
    if campaign.status not in _NOT_BEGUN:
        raise WrongStatus(
            campaign.status,
            f"a campaign that is {campaign.status} cannot be previewed, only one that is"
            f" {' or '.join(_NOT_BEGUN)}",
        )
    return campaign


def _made(session: Session, campaign: StoredCampaign) -> Iterator[Decision]:
    """The decisions that hold: of a draft those of now, else those that are queued already."""
    if campaign.status is CampaignStatus.DRAFT:
        recipients = orders.recipients_of(session, campaign.id)
        return _decided(session, recipients, read_template(campaign.message))
    return _queued(session, campaign)


def _decided(
    session: Session, recipients: Iterable[object], template: Template
) -> Iterator[Decision]:
    return decisions(
        recipients, template, lambda audience: planning.decide(session, audience, template)
    )


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
