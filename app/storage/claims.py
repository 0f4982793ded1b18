"""What a claim takes: for each sender, as many messages as its pace and the room allow.

Opt-outs are looked up here, in the transaction that takes the message, and not only when the
campaign was planned: whoever opted out in between is skipped.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.domain.campaign import OPTED_OUT, CampaignStatus
from app.domain.message import ClaimedMessage, MessageKind, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.throughput import reserve
from app.storage import messages
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.messages import Heard
from app.storage.tables import Campaign, Message, OptOut, Sender


def lanes_with_work(session: Session, now: datetime, turn: int) -> Mapping[str, list[str | None]]:
    """For each sender with work: None for what belongs to no campaign, then its campaigns.

    Single messages and replies go ahead of campaigns; campaigns take turns at being first.
    """
    lanes: dict[str, list[str | None]] = defaultdict(list)
    for sender in session.scalars(
        select(Message.sender)
        .where(
            Message.campaign_id.is_(None),
            Message.status == MessageStatus.QUEUED,
            Message.due_at <= now,
        )
        .distinct()
    ):
        lanes[sender].append(None)
    ready = session.execute(
        select(Campaign.sender, Campaign.id)
        .where(Campaign.status == CampaignStatus.SENDING)
        .order_by(Campaign.id)
    ).all()
    first = turn % len(ready) if ready else 0
    for sender, campaign_id in [*ready[first:], *ready[:first]]:
        lanes[sender].append(campaign_id)
    return lanes


class Turn:
    """One claim as it grows."""

    def __init__(self, session: Session, now: datetime, lease_until: datetime) -> None:
        self._session = session
        self._now = now
        self._lease_until = lease_until
        self.taken: list[ClaimedMessage] = []
        self.counts = CountChanges()
        self.emptied: set[str] = set()
        self.ask_again_in: float | None = None

    def serve(
        self, sender: str, lanes: Sequence[str | None], room: int, default_rate: float
    ) -> None:
        """Take what a sender's pace and the room allow, lane by lane."""
        if room <= 0:
            return self._ask_again(0.0)
        pace = self._pace(sender)
        rate = pace.rate or default_rate
        free = reserve(pace.next_slot, rate, room, self._now.timestamp())
        rows: list[AnyRow] = []
        for place, lane in enumerate(lanes):
            share = -(-(len(free.slots) - len(rows)) // (len(lanes) - place if lane else 1))
            rows += self._pick(sender, lane, share) if share else []
        used = reserve(pace.next_slot, rate, len(rows), self._now.timestamp())
        self._take(sender, rows, used.slots)
        self._session.execute(
            update(Sender).where(Sender.name == sender).values(next_slot=used.next_slot)
        )
        if len(rows) == len(free.slots):
            self._ask_again(used.wait)
        return None

    def _pace(self, sender: str) -> Sender:
        found = select(Sender).where(Sender.name == sender).with_for_update()
        return self._session.execute(found).scalar_one()

    def _pick(self, sender: str, lane: str | None, limit: int) -> list[AnyRow]:
        """At most `limit` messages of a lane; who has opted out meanwhile is skipped."""
        rows = self._session.execute(
            select(
                Message.id,
                Message.campaign_id,
                Message.number,
                Message.text,
                (exists().where(OptOut.number == Message.number)).label("opted_out"),
                Message.kind,
            )
            .where(
                Message.campaign_id.is_(None) if lane is None else Message.campaign_id == lane,
                Message.sender == sender,
                Message.status == MessageStatus.QUEUED,
                Message.due_at <= self._now,
            )
            .order_by(Message.due_at, Message.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=Message)
        ).all()
        stopped = [row for row in rows if row.opted_out and row.kind != MessageKind.REPLY]
        self._skip(stopped)
        if len(rows) == limit:
            self._ask_again(0.0 if stopped else None)
        elif lane is not None:
            self.emptied.add(lane)
        return [row for row in rows if row not in stopped]

    def _skip(self, rows: Sequence[AnyRow]) -> None:
        news = [Heard(row.id, MessageStatus.SKIPPED, self._now, OPTED_OUT) for row in rows]
        self.emptied |= messages.advance(self._session, news) if news else set()

    def _take(self, sender: str, rows: Sequence[AnyRow], slots: Sequence[float]) -> None:
        if not rows:
            return
        self._session.execute(
            update(Message)
            .where(Message.id.in_([row.id for row in rows]))
            .values(
                status=MessageStatus.SENDING,
                status_at=self._now,
                sent_at=self._now,
                lease_until=self._lease_until,
                attempts=Message.attempts + 1,
            )
            .execution_options(synchronize_session=False)
        )
        for row, slot in zip(rows, slots, strict=True):
            self.counts.move(row.campaign_id, MessageStatus.QUEUED, MessageStatus.SENDING)
            self.taken.append(
                ClaimedMessage(
                    row.id, PhoneNumber(row.number), sender, row.text, slot, row.campaign_id
                )
            )

    def _ask_again(self, wait: float | None) -> None:
        if wait is not None:
            known = self.ask_again_in
            self.ask_again_in = wait if known is None else min(wait, known)
