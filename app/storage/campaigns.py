"""Campaigns, and the recipients that were refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal_column, select, update
from sqlalchemy.orm import Session

from app.domain.audience import lowered
from app.domain.campaign import Refusal
from app.domain.lifecycle import CampaignStatus
from app.domain.message import TAKEN
from app.domain.policy import Policy
from app.domain.target import Target
from app.domain.terms import NO_TERMS, Terms
from app.storage.database import AnyRow
from app.storage.tables import Campaign, Message
from app.storage.tables import Refusal as RefusalRow


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """A campaign as it stands."""

    id: str
    name: str
    message: str
    sender: str
    status: CampaignStatus
    status_reason: str | None
    status_by: str | None
    created_at: datetime
    scheduled_at: datetime | None
    time_zone: str | None
    not_after: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    recipient_count: int
    accepted_count: int
    rejected_count: int
    duplicate_count: int
    opted_out_count: int
    not_valid_count: int
    policy: Policy
    is_released: bool
    opt_outs_after: int
    allow_duplicate: bool
    target: Target | None = None
    terms: Terms = NO_TERMS

    @property
    def skipped_count(self) -> int:
        """Who gets nothing although nobody refused: by the cap, or for want of a lawful hour."""
        told = self.accepted_count + self.rejected_count + self.duplicate_count
        return self.recipient_count - told - self.opted_out_count

    template_id: str | None = None
    template_version: int | None = None
    track_links: bool = False
    max_rate: float | None = None  # messages a second
    inbound_after: int = 0
    text_stock: dict[str, Any] | None = None  # as app.domain.text_stock has it


_COLUMNS = [getattr(Campaign, name) for name in StoredCampaign.__dataclass_fields__]
_CHUNK = 5_000


def add(session: Session, campaign: StoredCampaign) -> None:
    """Store a new campaign; its sender exists."""
    names = StoredCampaign.__dataclass_fields__
    row = {name: getattr(campaign, name) for name in names}
    session.execute(insert(Campaign), [_as_row(row)])


def change(session: Session, campaign_id: str, fields: Mapping[str, Any]) -> None:
    """Change what these fields hold, and nothing else."""
    if fields:
        chosen = update(Campaign).where(Campaign.id == campaign_id)
        session.execute(chosen.values(_as_row(fields)))


def hold(session: Session, campaign_id: str) -> StoredCampaign | None:
    """The campaign with this id, which nobody else can change before this transaction ends."""
    chosen = select(*_COLUMNS).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    row = session.execute(chosen).first()
    return _stored(row) if row else None


def set_refusals(session: Session, campaign_id: str, refusals: Iterable[Refusal]) -> None:
    """Keep every recipient that was refused, with the reason, in place of earlier ones."""
    session.execute(delete(RefusalRow).where(RefusalRow.campaign_id == campaign_id))
    rows = [
        {
            "campaign_id": campaign_id,
            "position": refusal.position,
            "value": refusal.value,
            "reason": refusal.reason,
            "duplicate": refusal.duplicate,
            "number": refusal.number,
        }
        for refusal in refusals
    ]
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(RefusalRow), rows[start : start + _CHUNK])


def refusals(session: Session, campaign_id: str, after: int, limit: int) -> list[Refusal]:
    """Refused recipients of a campaign, those behind position `after`."""
    rows = session.execute(
        select(RefusalRow.position, RefusalRow.value, RefusalRow.reason, RefusalRow.duplicate)
        .where(RefusalRow.campaign_id == campaign_id, RefusalRow.position > after)
        .order_by(RefusalRow.position)
        .limit(limit)
    )
    return [Refusal(*row) for row in rows]


def sent_since(session: Session, fingerprint: str, since: datetime, except_id: str) -> str | None:
    """The id of the first campaign that told the same people the same since then.

    Until this transaction ends nobody else gets to know the answer for this fingerprint, so of two
    that ask at once the second sees what the first has stored. SQLite has one writer anyway; on
    PostgreSQL it takes a lock of its own, since a row that is not there yet cannot be locked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_lock_number(fingerprint))))
    return session.scalar(
        select(Campaign.id)
        .where(
            Campaign.fingerprint == fingerprint,
            Campaign.planned_at > since,
            Campaign.status != CampaignStatus.CANCELLED,
            Campaign.id != except_id,
        )
        .order_by(Campaign.planned_at)
        .limit(1)
    )


def _lock_number(fingerprint: str) -> int:
    """64 bits with a sign, as PostgreSQL numbers its locks."""
    return int.from_bytes(bytes.fromhex(fingerprint[:16]), signed=True)


def note_opt_out(session: Session, number: str, since: datetime) -> None:
    """Count the opt-out as an answer to whichever campaign wrote to the number last since then."""
    answered = _answered(session, number, since)
    if answered is not None:
        change(session, answered, {"opt_outs_after": Campaign.opt_outs_after + 1})


def note_inbound(session: Session, number: str, since: datetime) -> None:
    """Count a text that is no opt-out in the same way."""
    answered = _answered(session, number, since)
    if answered is not None:
        change(session, answered, {"inbound_after": Campaign.inbound_after + 1})


def _answered(session: Session, number: str, since: datetime) -> str | None:
    return session.scalar(
        select(Message.campaign_id)
        .where(
            Message.number == number,
            Message.campaign_id.is_not(None),
            Message.status.in_(TAKEN),
            Message.sent_at >= since,
        )
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
    )


def find(session: Session, campaign_id: str) -> StoredCampaign | None:
    """The campaign with this id."""
    row = session.execute(select(*_COLUMNS).where(Campaign.id == campaign_id)).first()
    return _stored(row) if row else None


@dataclass(frozen=True, slots=True)
class CampaignSearch:
    """Which campaigns: all that is named must fit."""

    status: CampaignStatus | None = None
    text: str | None = None  # part of the name


ANY = CampaignSearch()


def page(
    session: Session, search: CampaignSearch, before: str | None, limit: int
) -> list[StoredCampaign]:
    """Campaigns that the search finds, the newest first, those older than id `before`."""
    statement = select(*_COLUMNS).order_by(Campaign.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Campaign.id < before)
    if search.status is not None:
        statement = statement.where(Campaign.status == search.status)
    if search.text:
        named = func.lower(Campaign.name).contains(lowered(search.text), autoescape=True)
        statement = statement.where(named)
    return [_stored(row) for row in session.execute(statement)]


def in_status(session: Session, status: CampaignStatus, limit: int) -> list[StoredCampaign]:
    """Campaigns that stand there, the newest first."""
    # Written out, so that the databases see that the index of open campaigns answers it.
    wanted = Campaign.status == literal_column(f"'{status.value}'")
    statement = select(*_COLUMNS).where(wanted).order_by(Campaign.id.desc()).limit(limit)
    return [_stored(row) for row in session.execute(statement)]


def _as_row(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.as_json() if isinstance(value, Policy | Target | Terms) else value
        for name, value in {**fields, **_marked(fields)}.items()
    }


def _marked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the frequency cap counts stands in a column of its own."""
    terms = fields.get("terms")
    return {"is_marketing": terms.is_marketing} if isinstance(terms, Terms) else {}


def _stored(row: AnyRow) -> StoredCampaign:
    values = row._mapping
    return StoredCampaign(
        **{
            **values,
            "status": CampaignStatus(values["status"]),
            "policy": Policy.from_json(values["policy"]),
            "terms": Terms.from_json(values["terms"]) if values["terms"] else NO_TERMS,
            "target": Target.from_json(values["target"]) if values["target"] else None,
        }
    )
