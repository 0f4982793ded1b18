"""What a monitor asks again and again: each answer from an index or from sums that are kept."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.storage.tables import Campaign, Message, MessageCount

_UNENDED = (CampaignStatus.SENDING, CampaignStatus.SCHEDULED, CampaignStatus.PAUSED)


def campaigns(session: Session) -> Mapping[str, tuple[int, int]]:
    """(campaigns, queued messages in them) by status, of those that are not at their end."""
    return {status.value: _of(session, status) for status in _UNENDED}


def _of(session: Session, status: CampaignStatus) -> tuple[int, int]:
    # Written out, so that the databases see that the index of open campaigns answers it.
    ids = select(Campaign.id).where(Campaign.status == literal_column(f"'{status.value}'"))
    count = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    if not count:
        return 0, 0
    queued = select(func.sum(MessageCount.count)).where(
        MessageCount.campaign_id.in_(ids), MessageCount.status == MessageStatus.QUEUED
    )
    return count, int(session.scalar(queued) or 0)


def in_doubt(session: Session) -> int:
    """Messages in doubt, those of no campaign too."""
    # Written out as well: there is an index of nothing but these.
    kept = select(func.sum(MessageCount.count)).where(
        MessageCount.status == literal_column(f"'{MessageStatus.IN_DOUBT.value}'")
    )
    alone = select(func.count()).where(
        Message.campaign_id.is_(None), Message.status == MessageStatus.IN_DOUBT
    )
    return int(session.scalar(kept) or 0) + (session.scalar(alone) or 0)


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0: there is nothing."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
