"""What a claim takes: for each sender, as many messages as its pace and the room allow.

Opt-outs are looked up here, in the transaction that takes the message, and not only when the
campaign was planned: whoever opted out in between is skipped.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session

from app.domain.campaign import OPTED_OUT
from app.domain.message import ClaimedMessage, MessageKind, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.terms import Terms, no_hour_before, over_cap_reason, ttl_until
from app.domain.throughput import reserve
from app.storage import holds, messages, senders
from app.storage.campaign_paces import OwnPaces
from app.storage.columns import UtcDateTime
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.lanes import Lane
from app.storage.ledgers import OptOut
from app.storage.messages import Heard
from app.storage.ready import Ready, is_among
from app.storage.tables import Message

_BUSY = 0.02  # seconds: another claim holds the number, and claims take milliseconds

# Built once: a claim runs them many times a second, and building costs more than running.
_WAITING = (
    select(
        *(Message.id, Message.campaign_id, Message.number, Message.text),
        *(Message.kind, Message.attempts, Message.closes_at),
        exists().where(OptOut.number == Message.number).label("opted_out"),
    )
    .where(
        Message.sender == bindparam("sender"),
        Message.status == MessageStatus.QUEUED,
        Message.due_at <= bindparam("now"),
    )
    .order_by(Message.due_at, Message.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=Message)
)
_OF_NO_CAMPAIGN = _WAITING.where(Message.campaign_id.is_(None))
_OF_CAMPAIGN = _WAITING.where(Message.campaign_id == bindparam("campaign"))
_MARK = Ready(
    update(Message.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(is_among(Message.id, "ids"))
    .values(
        status=MessageStatus.SENDING,
        status_at=bindparam("now", type_=UtcDateTime),
        sent_at=bindparam("now", type_=UtcDateTime),
        lease_until=bindparam("until"),
        attempts=Message.attempts + 1,
    )
)


class Turn:
    """One claim as it grows."""

    def __init__(
        self, session: Session, now: datetime, lease_until: datetime, since: Callable[[], float]
    ) -> None:
        self._session = session
        self._now = now
        self._lease_until = lease_until
        self._since = since  # `now`, in seconds
        self.taken: list[ClaimedMessage] = []
        self.counts = CountChanges()
        self._texts: Counter[str] = Counter()  # of marketing, by number, in this claim
        self.emptied: set[str] = set()
        self.ask_again_in: float | None = None

    def serve(self, sender: str, lanes: Sequence[Lane], room: int, default_rate: float) -> None:
        """Take what a sender's pace and the room allow, lane by lane."""
        if room <= 0:
            return self._ask_again(0.0)
        pace = senders.hold(self._session, sender, default_rate, self._moment())
        now = self._moment()
        rate = pace.rate_at(now)
        own = OwnPaces(self._session, lanes, now)
        free = reserve(pace.next_slot, rate, room, now)
        picked, is_more = self._fill(sender, lanes, own, len(free.slots))
        used = own.slots(pace.next_slot, rate, [lane for lane, _ in picked])
        self._take(sender, picked, used.slots)
        senders.keep(self._session, sender, replace(pace, next_slot=used.next_slot))
        if len(picked) == len(free.slots) or is_more:
            self._ask_again(used.wait)
        self._ask_again(own.wait)
        return None

    def _fill(
        self, sender: str, lanes: Sequence[Lane], own: OwnPaces, slots: int
    ) -> tuple[list[tuple[Lane, AnyRow]], bool]:
        """Messages for so many slots, and whether a lane has more: others may not fill theirs."""
        picked: list[tuple[Lane, AnyRow]] = []
        is_more = False
        for place, lane in enumerate(lanes):
            left = slots - len(picked)
            fair = left if lane.campaign_id is None else -(-left // (len(lanes) - place))
            wanted = min(lane.room, fair)
            share = own.room(lane, wanted)
            rows = self._pick(sender, lane, share) if share else []
            picked += [(lane, row) for row in rows]
            if share == len(rows) < wanted:
                own.note_more(lane)
            is_more |= len(rows) == fair < left
        return picked, is_more

    def _moment(self) -> float:
        """The time now, seconds since the epoch: later than `now` by what was waited for locks.

        Slots given out from an earlier moment would be over already, and what took them would
        leave at once: as many as wait, when whoever held the sender comes back from a cut.
        """
        return self._now.timestamp() + self._since()

    def _pick(self, sender: str, lane: Lane, limit: int) -> list[AnyRow]:
        """At most `limit` messages of a lane; who has opted out meanwhile is skipped."""
        statement = _OF_NO_CAMPAIGN if lane.campaign_id is None else _OF_CAMPAIGN
        wanted = {"sender": sender, "now": self._now, "most": limit}
        rows = self._session.connection().execute(statement, wanted | lane.key()).all()
        stopped = [row for row in rows if row.opted_out and row.kind != MessageKind.REPLY]
        self._skip([row.id for row in stopped], OPTED_OUT)
        left = self._lawful(lane, [row for row in rows if row not in stopped])
        if len(rows) == limit:
            self._ask_again(0.0 if len(left) < len(rows) else None)
        elif lane.campaign_id is not None:
            self.emptied.add(lane.campaign_id)
        return left

    def _lawful(self, lane: Lane, rows: list[AnyRow]) -> list[AnyRow]:
        """Those that may go at this hour; the others are held again, or skipped.

        A window may have closed since the message was planned: after a pause, or a busy hour.
        """
        terms = lane.terms
        closed = [row for row in rows if row.closes_at and row.closes_at <= self._now]
        if closed:
            never = holds.hold_again(self._session, terms, closed, self._now)
            self._skip(never, no_hour_before(None))
            rows = [row for row in rows if row not in closed]
        return self._below_cap(terms, rows) if terms.cap and rows else rows

    def _below_cap(self, terms: Terms, rows: list[AnyRow]) -> list[AnyRow]:
        """Those whose number may have one more marketing text; this claim's own count too.

        A number that a claim for another sender counts at this moment is left for the next claim,
        which sees what came of that one.
        """
        free = holds.hold_numbers(self._session, [row.number for row in rows])
        if len(mine := [row for row in rows if row.number in free]) < len(rows):
            self._ask_again(_BUSY)
            rows = mine
        since = self._now - timedelta(hours=terms.cap_hours)
        had = holds.texts_since(self._session, [row.number for row in rows], since)
        full = [
            row for row in rows if had.get(row.number, 0) + self._texts[row.number] >= terms.cap
        ]
        self._skip([row.id for row in full], over_cap_reason(terms))
        left = [row for row in rows if row not in full]
        self._texts.update(row.number for row in left)
        return left

    def _skip(self, ids: Sequence[str], reason: str) -> None:
        news = [Heard(each, MessageStatus.SKIPPED, self._now, reason) for each in ids]
        self.emptied |= messages.advance(self._session, news) if news else set()

    def _take(
        self, sender: str, picked: Sequence[tuple[Lane, AnyRow]], slots: Sequence[float]
    ) -> None:
        if not picked:
            return
        until = self._lease_until + timedelta(seconds=self._since())
        ids = [row.id for _, row in picked]
        _MARK.run(self._session, [{"ids": ids, "now": self._now, "until": until}])
        for (lane, row), slot in sorted(zip(picked, slots, strict=True), key=itemgetter(1)):
            self.counts.move(row.campaign_id, MessageStatus.QUEUED, MessageStatus.SENDING)
            self.taken.append(_claimed(sender, lane, row, slot, self._now))

    def _ask_again(self, wait: float | None) -> None:
        if wait is not None:
            known = self.ask_again_in
            self.ask_again_in = wait if known is None else min(wait, known)


def _claimed(sender: str, lane: Lane, row: AnyRow, slot: float, now: datetime) -> ClaimedMessage:
    return ClaimedMessage(
        id=row.id,
        to=PhoneNumber(row.number),
        sender=sender,
        text=row.text,
        not_before=slot,
        campaign_id=row.campaign_id,
        attempt=row.attempts + 1,
        not_after=lane.not_after,
        claimed_at=now,
        ttl=ttl_until(row.closes_at, now),
    )
