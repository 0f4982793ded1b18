"""How many messages of a campaign have which status: kept by every change, never counted."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.domain.message import MessageStatus
from app.storage.tables import MessageCount
from app.storage.upsert import adding

_SHARDS = 8
_ADD = adding(MessageCount, ["count"])


class CountChanges:
    """Gathers what a transaction changes; `apply` it last, when every message is locked."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, str]] = Counter()

    def add(self, campaign_id: str | None, status: str, count: int = 1) -> None:
        """So many messages of the campaign now have the status; those of none are not counted."""
        if campaign_id is not None:
            self._changes[campaign_id, status] += count

    def move(self, campaign_id: str | None, old: str, new: str, count: int = 1) -> None:
        """So many messages went from one status to another."""
        self.add(campaign_id, old, -count)
        self.add(campaign_id, new, count)

    def apply(self, session: Session) -> None:
        """Write the changes, always in the same order, so that two processes cannot deadlock."""
        shard = shard_of(session)
        rows = [
            {"campaign_id": campaign_id, "status": status, "shard": shard, "count": count}
            for (campaign_id, status), count in sorted(self._changes.items())
            if count
        ]
        if rows:
            _ADD.run(session, rows)


def shard_of(session: Session) -> int:
    """One for all on SQLite, where writers queue up anyway; one a process on PostgreSQL."""
    return 0 if session.get_bind().dialect.name == "sqlite" else os.getpid() % _SHARDS


_COUNTS = (
    select(MessageCount.campaign_id, MessageCount.status, func.sum(MessageCount.count))
    .where(MessageCount.campaign_id.in_(bindparam("ids", expanding=True)))
    .group_by(MessageCount.campaign_id, MessageCount.status)
)


def counts_of(
    session: Session, campaign_ids: Iterable[str]
) -> Mapping[str, Mapping[MessageStatus, int]]:
    """For each campaign the number of its messages in each status; costs the same at any size."""
    ids = list(campaign_ids)
    found: dict[str, dict[MessageStatus, int]] = {i: dict.fromkeys(MessageStatus, 0) for i in ids}
    rows = session.connection().execute(_COUNTS, {"ids": ids})
    for campaign_id, status, count in rows:
        found[campaign_id][MessageStatus(status)] = int(count)
    return found
