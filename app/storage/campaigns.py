"""Campaigns, and the recipients that were refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.campaign import CampaignStatus, Refusal
from app.domain.message import OPEN
from app.storage.database import AnyRow
from app.storage.tables import Campaign, MessageCount
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
    created_at: datetime
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    recipient_count: int
    accepted_count: int
    rejected_count: int
    duplicate_count: int
    opted_out_count: int
    not_valid_count: int


_COLUMNS = [getattr(Campaign, name) for name in StoredCampaign.__dataclass_fields__]
_CHUNK = 5_000


def add(session: Session, campaign: StoredCampaign) -> None:
    """Store a new campaign; its sender exists."""
    names = StoredCampaign.__dataclass_fields__
    session.execute(insert(Campaign), [{name: getattr(campaign, name) for name in names}])


def set_counts(session: Session, campaign: StoredCampaign) -> None:
    """Keep what planning counted."""
    session.execute(
        update(Campaign)
        .where(Campaign.id == campaign.id)
        .values(
            accepted_count=campaign.accepted_count,
            rejected_count=campaign.rejected_count,
            opted_out_count=campaign.opted_out_count,
        )
    )


def add_refusals(session: Session, campaign_id: str, refusals: Iterable[Refusal]) -> None:
    """Keep every recipient that was refused, with the reason."""
    rows = [
        {
            "campaign_id": campaign_id,
            "position": refusal.position,
            "value": refusal.value,
            "reason": refusal.reason,
            "duplicate": refusal.duplicate,
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


def find(session: Session, campaign_id: str) -> StoredCampaign | None:
    """The campaign with this id."""
    row = session.execute(select(*_COLUMNS).where(Campaign.id == campaign_id)).first()
    return _stored(row) if row else None


def page(session: Session, before: str | None, limit: int) -> list[StoredCampaign]:
    """Campaigns, the newest first, those older than id `before`."""
    statement = select(*_COLUMNS).order_by(Campaign.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Campaign.id < before)
    return [_stored(row) for row in session.execute(statement)]


def _stored(row: AnyRow) -> StoredCampaign:
    values = row._mapping
    return StoredCampaign(**{**values, "status": CampaignStatus(values["status"])})


def change_status(
    session: Session,
    campaign_id: str,
    old: Sequence[CampaignStatus],
    new: CampaignStatus,
    reason: str | None,
) -> bool:
    """Move a campaign on if it is in one of the `old` statuses; tells whether it was."""
    changed = session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status.in_(old))
        .values(status=new, status_reason=reason)
        .returning(Campaign.id)
    )
    return changed.first() is not None


def start_due(session: Session, now: datetime) -> None:
    """Begin the campaigns whose time has come."""
    session.execute(
        update(Campaign)
        .where(Campaign.status == CampaignStatus.SCHEDULED, Campaign.scheduled_at <= now)
        .values(status=CampaignStatus.SENDING, started_at=now)
    )


def finish_done(session: Session, campaign_ids: Iterable[str], now: datetime) -> None:
    """Finish those that have nothing queued and nothing being sent.

    Messages in doubt do not hold a campaign open: they wait for a receipt or for a person.
    """
    ids = sorted(campaign_ids)
    if not ids:
        return
    still_open = (
        select(func.coalesce(func.sum(MessageCount.count), 0))
        .where(MessageCount.campaign_id == Campaign.id, MessageCount.status.in_(OPEN))
        .scalar_subquery()
    )
    session.execute(
        update(Campaign)
        .where(
            Campaign.id.in_(ids),
            Campaign.status.in_([CampaignStatus.SENDING, CampaignStatus.SCHEDULED]),
            still_open == 0,
        )
        .values(status=CampaignStatus.FINISHED, finished_at=now)
        .execution_options(synchronize_session=False)
    )
