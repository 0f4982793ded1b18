"""What a campaign still has to do: how much of its queue waits for a later time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.domain.message import MessageStatus
from app.storage.campaigns import StoredCampaign
from app.storage.tables import Message

MANY = 10_000  # counted no further, so that a look costs the same at any size


@dataclass(frozen=True, slots=True)
class Later:
    """Queued messages that may not leave yet: for quiet hours, or before another attempt."""

    messages: int  # at most MANY
    next_at: datetime | None  # when the first of them may leave

    @property
    def is_more(self) -> bool:
        """May there be more than that?"""
        return self.messages == MANY


def later(session: Session, campaign: StoredCampaign, now: datetime) -> Later:
    """Those of a campaign that wait for a time after `now`."""
    # The status is written out, so that the databases see that the index of the outbox answers.
    waiting = select(Message.due_at).where(
        Message.campaign_id == campaign.id,
        Message.sender == campaign.sender,
        Message.status == literal_column(f"'{MessageStatus.QUEUED}'"),
        Message.due_at > now,
    )
    some = waiting.order_by(Message.due_at).limit(MANY).subquery()
    count, first = session.execute(select(func.count(), func.min(some.c.due_at))).one()
    return Later(count, first)
