"""What a monitor asks again and again: each answer from an index or from sums that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, literal, literal_column, select
from sqlalchemy.orm import Session

from app.domain.hooks import HookStatus
from app.domain.lifecycle import CampaignStatus
from app.domain.message import AT_ONCE, MessageStatus
from app.storage.hook_tables import HookDeliveryRow, HookEndpointRow
from app.storage.tables import Campaign, Message, MessageCount

_MOST = 20_000  # deliveries counted of one endpoint: 100,000 take PostgreSQL 70 ms and more
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


@dataclass(frozen=True, slots=True)
class HookStanding:
    """How outgoing webhooks stand."""

    waiting: int  # deliveries to endpoints that are called
    oldest: datetime | None  # since when the one is due that has waited longest
    disabled: int  # endpoints that were given up, and that nobody has looked at since


def hooks(session: Session, now: datetime) -> HookStanding:
    """One statement: for each of the few endpoints three looks into the index of what waits."""
    its = (
        HookDeliveryRow.endpoint_id == HookEndpointRow.id,
        # Written out, so that the databases see that the index of what waits answers it.
        HookDeliveryRow.status == literal_column(f"'{HookStatus.WAITING.value}'"),
    )
    waiting = select(literal(1)).where(*its).limit(_MOST).correlate(HookEndpointRow).subquery()
    # What was never tried is due at once, which says nothing of how long it has waited.
    fresh = select(HookDeliveryRow.at).where(*its, HookDeliveryRow.due_at == AT_ONCE)
    again = select(HookDeliveryRow.due_at).where(
        *its, HookDeliveryRow.due_at > AT_ONCE, HookDeliveryRow.due_at <= now
    )
    counted: ScalarSelect[int] = select(func.count()).select_from(waiting).scalar_subquery()
    rows = session.execute(
        select(
            HookEndpointRow.is_enabled,
            HookEndpointRow.disabled_reason,
            counted.label("waiting"),
            fresh.order_by(HookDeliveryRow.id).limit(1).scalar_subquery().label("fresh"),
            again.order_by(HookDeliveryRow.due_at).limit(1).scalar_subquery().label("again"),
        )
    ).all()
    called = [row for row in rows if row.is_enabled]
    due = [each for row in called for each in (row.fresh, row.again) if each is not None]
    return HookStanding(
        sum(row.waiting for row in called),
        min(due, default=None),
        sum(not row.is_enabled and row.disabled_reason is not None for row in rows),
    )


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0: there is nothing."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
