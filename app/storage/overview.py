"""What happened lately and what waits, from sums that are kept: it costs the same at any size."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import DateTime, func, literal_column, select
from sqlalchemy.orm import Session

from app.domain.lifecycle import CampaignStatus
from app.storage.campaigns import StoredCampaign, in_status
from app.storage.consent_tables import ConsentReview
from app.storage.ledgers import OptOut
from app.storage.tables import Campaign, MessageCount, Spend

_UNDER_WAY = (CampaignStatus.SENDING, CampaignStatus.SCHEDULED)


def outcomes_by_day(session: Session, since: datetime) -> list[tuple[date, str, int]]:
    """(day, status, messages) of campaigns that began since, by the day (UTC) they began."""
    rows = session.execute(
        select(Campaign.started_at, MessageCount.status, func.sum(MessageCount.count))
        .join(MessageCount, MessageCount.campaign_id == Campaign.id)
        .where(Campaign.started_at >= since)
        .group_by(Campaign.id, Campaign.started_at, MessageCount.status)
    )
    return [(at.date(), status, int(count)) for at, status, count in rows if at]


def opt_outs_by_day(session: Session, since: datetime) -> Mapping[date, int]:
    """How many of those who are opted out now decided so on each day (UTC)."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    at = OptOut.at if is_sqlite else func.timezone("UTC", OptOut.at, type_=DateTime)
    day = func.substr(at, 1, 10) if is_sqlite else func.to_char(at, literal_column("'YYYY-MM-DD'"))
    rows = session.execute(select(day, func.count()).where(OptOut.at >= since).group_by(day))
    return {date.fromisoformat(text): count for text, count in rows}


def spend_by_day(session: Session, since: date) -> list[tuple[date, str, Decimal]]:
    """(day, currency, amount) of what Vonage said that messages cost, by day (UTC)."""
    rows = session.execute(
        select(Spend.day, Spend.currency, func.sum(Spend.amount))
        .where(Spend.day >= since)
        .group_by(Spend.day, Spend.currency)
    )
    return [(day, currency, Decimal(amount)) for day, currency, amount in rows]


def under_way(session: Session, limit: int) -> list[StoredCampaign]:
    """Campaigns that are sent now or will be, those that are sent in front."""
    found = [in_status(session, status, limit) for status in _UNDER_WAY]
    return [campaign for of_one in found for campaign in of_one][:limit]


def paused(session: Session, limit: int) -> list[StoredCampaign]:
    """Campaigns that somebody, or a rule, holds."""
    return in_status(session, CampaignStatus.PAUSED, limit)


def reviews(session: Session, at_most: int) -> int:
    """How many opt-outs a person should read; counted up to so many."""
    few = select(ConsentReview.event_id).where(ConsentReview.settled_at.is_(None)).limit(at_most)
    return session.scalar(select(func.count()).select_from(few.subquery())) or 0
