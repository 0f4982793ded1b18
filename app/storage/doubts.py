"""Messages in doubt, as a person settles them: a few at a time, in the order of their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.domain.message import MessageStatus
from app.storage.again import COLUMNS
from app.storage.database import AnyRow
from app.storage.tables import Campaign, Message, MessageCount


def one(session: Session, message_id: str) -> AnyRow | None:
    """The message, if it is in doubt; nobody else changes it before this transaction ends."""
    return session.execute(
        select(*COLUMNS)
        .where(Message.id == message_id, Message.status == MessageStatus.IN_DOUBT)
        .with_for_update()
    ).first()


def some(
    session: Session, campaign_id: str, after: str, since: datetime, limit: int
) -> Sequence[AnyRow]:
    """Of a campaign: those behind id `after` that were in doubt at that time and still are."""
    return session.execute(
        select(*COLUMNS)
        .where(
            Message.campaign_id == campaign_id,
            Message.status == MessageStatus.IN_DOUBT,
            Message.id > after,
            Message.status_at <= since,
        )
        .order_by(Message.id)
        .limit(limit)
        .with_for_update()
    ).all()


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A campaign with messages in doubt, and how many."""

    campaign_id: str
    campaign_name: str
    messages: int


def campaigns(session: Session, limit: int | None = None) -> list[Doubtful]:
    """The campaigns that have messages in doubt, the newest first; from kept counts."""
    total = func.sum(MessageCount.count)
    rows = session.execute(
        select(MessageCount.campaign_id, Campaign.name, total)
        .join(Campaign, Campaign.id == MessageCount.campaign_id)
        .where(MessageCount.status == literal_column("'in_doubt'"))  # so that its index is used
        .group_by(MessageCount.campaign_id, Campaign.name)
        .having(total > 0)
        .order_by(MessageCount.campaign_id.desc())
        .limit(limit)
    )
    return [Doubtful(row[0], row[1], int(row[2])) for row in rows]


def count_between(session: Session, begin: datetime, end: datetime) -> int:
    """How many messages that are in doubt were last sent in this time, both ends included."""
    found = select(func.count()).where(
        Message.status == MessageStatus.IN_DOUBT, Message.sent_at.between(begin, end)
    )
    return session.scalar(found) or 0
