"""From an order to messages in the outbox: who gets what is decided and stored."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from app.domain.campaign import (
    OPTED_OUT,
    Addressees,
    CampaignOrder,
    PlannedMessage,
    plan,
    read_addressees,
)
from app.domain.errors import DuplicateCampaign, FixInput, Mistake
from app.domain.fingerprint import fingerprint_of
from app.domain.lifecycle import CampaignStatus
from app.domain.lots import lots
from app.domain.message import MessageKind, MessageStatus
from app.domain.template import Template
from app.domain.text_stock import TextStock
from app.services import allowances
from app.services.audiences import people_of
from app.services.foresight import Foresight
from app.services.hours import within_hours
from app.services.short_links import ShortLinks, Supply
from app.storage import campaigns, consent, contacts, erased, messages
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session
from app.storage.messages import NewMessage

_SAME_FOR = timedelta(minutes=10)  # that long the same campaign again is taken for a slip


def new_campaign(
    campaign_id: str, order: CampaignOrder, status: CampaignStatus, now: datetime
) -> StoredCampaign:
    """A campaign of which nothing is counted yet."""
    return StoredCampaign(
        id=campaign_id,
        name=order.name or f"Campaign of {now:%Y-%m-%d %H:%M} UTC",
        message=order.template.text,
        sender=order.sender,
        status=status,
        status_reason=None,
        status_by=None,
        created_at=now,
        scheduled_at=order.scheduled_at,
        time_zone=order.time_zone,
        not_after=order.not_after,
        started_at=now if status is CampaignStatus.SENDING else None,
        finished_at=None,
        recipient_count=len(order.recipients),
        accepted_count=0,
        rejected_count=0,
        duplicate_count=0,
        opted_out_count=0,
        not_valid_count=0,
        policy=order.policy,
        is_released=False,
        opt_outs_after=0,
        allow_duplicate=order.allow_duplicate,
        target=order.target,
        terms=order.terms,
        template_id=order.saved.template_id if order.saved else None,
        template_version=order.saved.version if order.saved else None,
        track_links=order.track_links,
        max_rate=order.max_rate,
    )


def read_people(
    session: Session, campaign: StoredCampaign, template: Template, told: Iterable[object] = ()
) -> Addressees:
    """Whom the campaign is for: whoever its target means now, else the recipients it was told.

    Raises FixInput when the target names what is not there.
    """
    return read_addressees(named_by(session, campaign, told), template)


def named_by(
    session: Session, campaign: StoredCampaign, told: Iterable[object]
) -> Iterable[object]:
    """The same before it is read, in order, and few in memory at a time."""
    return told if campaign.target is None else people_of(session, campaign.target)


def check_somebody(campaign: StoredCampaign, addressees: Addressees) -> None:
    """Raise FixInput when a target means nobody: that is hardly what was wanted."""
    if campaign.target is not None and not addressees.people and not addressees.refusals:
        raise FixInput(
            [Mistake(_place_of(campaign), "chooses no contact, so there is nobody to write to")]
        )


def _place_of(campaign: StoredCampaign) -> str:
    """Where an order says whom it is for."""
    if campaign.target is None:
        return "/recipients"
    return "/lists" if campaign.target.lists else "/audience"


def take_stock(
    session: Session,
    campaign: StoredCampaign,
    addressees: Addressees,
    template: Template,
    now: datetime,
) -> None:
    """Store what would become of each recipient, and queue nothing.

    Raises FixInput when the text needs a field that no recipient has.
    """
    _refuse_unknown(addressees)
    decided = DecisionCounts()
    for lot in lots(decide(session, campaign, addressees, template, now)):
        decided.add_all(lot)
    _keep(session, campaign, addressees, decided)


def queue(  # noqa: PLR0913 (all of it is what one plan consists of)
    session: Session,
    campaign: StoredCampaign,
    addressees: Addressees,
    template: Template,
    supply: Supply,
    now: datetime,
    *,
    foresight: Foresight,
    is_meant: bool,
) -> None:
    """Queue a message for everybody; the ids in `supply` are greater than the campaign's own.

    Raises DuplicateCampaign when that was done a short while ago and is not known to be meant,
    FixInput when there is nobody, or when the text needs a field that no recipient has, and
    PreviewChanged when it is not what was previewed.
    """
    check_somebody(campaign, addressees)
    _refuse_unknown(addressees)
    fingerprint = fingerprint_of(addressees.people, template, campaign.sender)
    if fingerprint is not None:
        first = campaigns.sent_since(session, fingerprint, now - _SAME_FOR, campaign.id)
        if first is not None and not is_meant:
            raise DuplicateCampaign(first)
    if campaign.target is None:  # else it is the contacts who told us
        contacts.remember(session, _unless_forgotten(session, _with_fields(addressees)), now)
    decided = DecisionCounts()
    made = decide(session, campaign, addressees, template, now)
    allowed = allowances.only_allowed(made, _place_of(campaign))
    planned = foresight.watch(campaign, allowed, now)
    short = ShortLinks(session, campaign, supply, now)
    outgoing = _outgoing(campaign, supply, decided.watch(planned), short)
    messages.add(session, outgoing, now, between=short.store)
    _keep(session, campaign, addressees, decided)
    allowances.spend(session, decided.outcomes[MessageStatus.QUEUED], now)
    campaigns.change(session, campaign.id, {"fingerprint": fingerprint, "planned_at": now})
    foresight.settle(session, campaign, now)


def decide(
    session: Session,
    campaign: StoredCampaign,
    addressees: Addressees,
    template: Template,
    now: datetime,
) -> Iterator[PlannedMessage]:
    """Who gets what when, or why not: the one answer for queue, draft and preview."""
    stopped = consent.opted_out(session, list(addressees.people))
    planned = plan(addressees, template, stopped)
    return within_hours(session, campaign, addressees, planned, now)


def is_released(campaign: StoredCampaign) -> bool:
    """Does a campaign that has not begun go without a canary?"""
    return not campaign.policy.needs_canary(campaign.accepted_count)


_KIND = attrgetter("status", "reason", "text")


@dataclass(slots=True)
class DecisionCounts:
    """What was decided, counted: by status or reason, and by what the texts cost."""

    outcomes: Counter[str] = field(default_factory=Counter)
    stock: TextStock = field(default_factory=TextStock)

    def watch(self, planned: Iterable[PlannedMessage]) -> Iterator[PlannedMessage]:
        """The same decisions; each is counted before it is passed on."""
        for lot in lots(planned):
            self.add_all(lot)
            yield from lot

    def add_all(self, lot: list[PlannedMessage]) -> None:
        """Count some; those that are alike at once."""
        for (status, reason, text), people in Counter(map(_KIND, lot)).items():
            self.outcomes[reason or MessageStatus.QUEUED] += people
            if status is MessageStatus.QUEUED:
                self.stock.add(text, people)


def _refuse_unknown(addressees: Addressees) -> None:
    if addressees.unknown:
        raise FixInput(addressees.unknown)


def _keep(
    session: Session, campaign: StoredCampaign, addressees: Addressees, decided: DecisionCounts
) -> None:
    counted = _counted(campaign, addressees, decided.outcomes)
    names = ("recipient", "accepted", "rejected", "duplicate", "opted_out", "not_valid")
    counts = {f"{name}_count": getattr(counted, f"{name}_count") for name in names}
    known = {"is_released": is_released(counted), "text_stock": decided.stock.as_json()}
    campaigns.change(session, campaign.id, counts | known)
    campaigns.set_refusals(session, campaign.id, addressees.refusals)


def _counted(
    campaign: StoredCampaign, addressees: Addressees, decided: Counter[str]
) -> StoredCampaign:
    accepted, opted_out = decided[MessageStatus.QUEUED], decided[OPTED_OUT]
    return replace(
        campaign,
        recipient_count=len(addressees.people) + len(addressees.refusals),
        accepted_count=accepted,
        rejected_count=addressees.rejected_count,
        duplicate_count=addressees.duplicate_count,
        opted_out_count=opted_out,
        not_valid_count=addressees.not_valid_count,
    )


def _unless_forgotten(
    session: Session, people: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """Whoever was erased does not become a contact again by being named."""
    forgotten = erased.among(session, list(people))
    return {number: fields for number, fields in people.items() if number not in forgotten}


def _with_fields(addressees: Addressees) -> dict[str, Mapping[str, str]]:
    return {number: fields for number, fields in addressees.people.items() if fields}


def _outgoing(
    campaign: StoredCampaign, supply: Supply, planned: Iterator[PlannedMessage], short: ShortLinks
) -> Iterator[NewMessage]:
    kind = MessageKind.CAMPAIGN
    for message_id, message in zip(supply.ids, planned, strict=False):
        yield NewMessage(
            *(message_id, kind, message.number, campaign.sender),
            *(short.text_of(message_id, message), message.segments, message.due_at, campaign.id),
            *(message.status, message.reason, message.closes_at, message.hold_note),
        )
