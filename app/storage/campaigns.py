"""Campaigns, and the recipients that were refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.domain.campaign import Refusal
from app.domain.lifecycle import CampaignStatus
from app.domain.policy import Policy
from app.storage.database import AnyRow
from app.storage.tables import Campaign
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


_COLUMNS = [getattr(Campaign, name) for name in StoredCampaign.__dataclass_fields__]
_CHUNK = 5_000


def add(session: Session, campaign: StoredCampaign) -> None:
    """Store a new campaign; its sender exists."""
    names = StoredCampaign.__dataclass_fields__
    row = {name: getattr(campaign, name) for name in names}
    session.execute(insert(Campaign), [row | {"policy": campaign.policy.as_json()}])


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
    return StoredCampaign(
        **{
            **values,
            "status": CampaignStatus(values["status"]),
            "policy": Policy.from_json(values["policy"]),
        }
    )
