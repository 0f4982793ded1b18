"""Takes messages of campaigns that ended long ago out of the database, some at a time.

What is counted and spent stays, so a campaign goes on telling how it ended.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import DeclarativeBase, Session

from app.domain.lifecycle import CampaignStatus
from app.domain.message import OPEN, MessageStatus
from app.storage.ledgers import WebhookEvent
from app.storage.tables import AttemptRow, Campaign, Message

_ENDED = (CampaignStatus.FINISHED, CampaignStatus.CANCELLED)
_NOT_OVER = sorted({*OPEN, MessageStatus.IN_DOUBT})  # a doubt may still be settled


def ended(session: Session, before: datetime, after: str, limit: int) -> list[str]:
    """Campaigns that ended before then, behind this id, of which there are messages."""
    some = exists().where(Message.campaign_id == Campaign.id)
    return list(
        session.scalars(
            select(Campaign.id)
            .where(Campaign.status.in_(_ENDED), Campaign.finished_at < before, some)
            .where(Campaign.id > after)
            .order_by(Campaign.id)
            .limit(limit)
        )
    )


def some(session: Session, campaign_id: str, limit: int) -> list[str]:
    """Messages of a campaign that nothing more can happen to."""
    statement = (
        select(Message.id)
        .where(Message.campaign_id == campaign_id, Message.status.not_in(_NOT_OVER))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(statement))


def rows_of(session: Session, ids: list[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All that is stored about these messages: the name of a table, and a row of it."""
    for table, key in _TABLES:
        for row in session.execute(select(table.__table__).where(key.in_(ids))).mappings():
            yield table.__tablename__, dict(row)


def remove(session: Session, ids: list[str]) -> None:
    """Take these away. What was counted of them stays as it is."""
    for table, key in _TABLES:
        session.execute(delete(table).where(key.in_(ids)))


_TABLES: tuple[tuple[type[DeclarativeBase], Any], ...] = (
    (WebhookEvent, WebhookEvent.message_id),
    (AttemptRow, AttemptRow.message_id),
    (Message, Message.id),
)
