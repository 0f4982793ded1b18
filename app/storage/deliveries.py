"""How many messages came to what in which minute: kept by every change, like the counts.

The sum of a campaign's rows is what counting its messages by status, code and minute would give,
so whatever leaves a place is taken off there.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.domain.deliveries import CAME, minute_of
from app.domain.message import MessageStatus
from app.storage.counts import shard_of
from app.storage.tables import CampaignDeliveries
from app.storage.upsert import adding

_KEY = ("campaign_id", "minute", "status", "code", "shard")
_ADD = adding(CampaignDeliveries, ["count"])


class Stand(NamedTuple):
    """Where a message stands since when; what is not in `CAME` is not kept."""

    status: str
    at: datetime
    code: str | None


class DeliveryChanges:
    """Gathers what a transaction changes; `apply` it right after the counts."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, int, str, str]] = Counter()

    def move(self, campaign_id: str | None, old: Stand, new: Stand) -> None:
        """A message of the campaign went from one stand to another."""
        self.add(campaign_id, old, -1)
        self.add(campaign_id, new)

    def add(self, campaign_id: str | None, stand: Stand, count: int = 1) -> None:
        """So many more stand there."""
        if campaign_id is not None and stand.status in CAME:
            key = (campaign_id, minute_of(stand.at), stand.status, stand.code or "")
            self._changes[key] += count

    def apply(self, session: Session) -> None:
        """Write the changes, always in the same order, so that two processes cannot deadlock."""
        shard = shard_of(session)
        rows = [
            {**dict(zip(_KEY, (*key, shard), strict=True)), "count": count}
            for key, count in sorted(self._changes.items())
            if count
        ]
        if rows:
            _ADD.run(session, rows)


class Counted(NamedTuple):
    """So many messages came to the same in one minute (since the epoch)."""

    minute: int
    status: MessageStatus
    code: str | None
    messages: int


_ROWS = (
    select(
        CampaignDeliveries.minute,
        CampaignDeliveries.status,
        CampaignDeliveries.code,
        func.sum(CampaignDeliveries.count),
    )
    .where(CampaignDeliveries.campaign_id == bindparam("campaign"))
    .group_by(CampaignDeliveries.minute, CampaignDeliveries.status, CampaignDeliveries.code)
    .having(func.sum(CampaignDeliveries.count) != 0)
)


def counted(session: Session, campaign_id: str) -> Iterator[Counted]:
    """All of a campaign: as many rows as it took minutes, times what messages came to."""
    for minute, status, code, count in session.connection().execute(
        _ROWS, {"campaign": campaign_id}
    ):
        yield Counted(minute, MessageStatus(status), code or None, int(count))
