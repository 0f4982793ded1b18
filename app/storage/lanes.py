"""The lanes that messages wait in: one for what belongs to no campaign, one for each campaign.

Before a campaign's lane is opened, its rules are applied: is it time, is it too late, is it doing
harm? What they say is written down here, in the transaction of the claim.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.domain.policy import (
    SPEND_CAP,
    Policy,
    Progress,
    Stop,
    canary_room,
    is_canary_over,
    why_stop,
)
from app.domain.terms import NO_TERMS, Terms
from app.domain.timeline import Source
from app.storage import campaign_status, spend
from app.storage.campaign_events import RELEASE, NewCampaignEvent, note
from app.storage.counts import counts_of
from app.storage.database import AnyRow
from app.storage.tables import Campaign, Message

NO_LIMIT = 1_000_000_000

_SPENT_TODAY = (
    "daily spend cap: {:.2f} is spent today. Resume tomorrow (UTC), or raise SPEND_CAP_DAY."
)
_JUDGED_EVERY = timedelta(seconds=0.25)  # the rules of a campaign; its canary is looked at always


class Every:
    """Says when something is due again that need not be done at every claim."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """True at the first call, then once an interval, and when the clock was set back."""
        if self._last is not None and timedelta(0) <= now - self._last < self._interval:
            return False
        self._last = now
        return True


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages that may be claimed now."""

    campaign_id: str | None
    not_after: datetime | None = None
    room: int = NO_LIMIT
    terms: Terms = NO_TERMS
    max_rate: float | None = None  # messages a second, of a campaign that has a pace of its own

    def key(self) -> dict[str, str]:
        """What tells the messages of this lane from others."""
        return {} if self.campaign_id is None else {"campaign": self.campaign_id}


class Lanes:
    """Opens lanes, claim after claim."""

    def __init__(self, daily_cap: Decimal | None = None) -> None:
        self._daily_cap = daily_cap
        self._turn = 0
        self._judging = Every(_JUDGED_EVERY)
        self._going: set[str] = set()  # campaigns that were let go on at the last claim

    def open(self, session: Session, now: datetime) -> Mapping[str, list[Lane]]:
        """For each sender with work: the lane without campaign, then those of its campaigns.

        Single messages and replies go ahead of campaigns; campaigns take turns at being first.
        """
        lanes: dict[str, list[Lane]] = defaultdict(list)
        for sender in _senders_of_singles(session, now):
            lanes[sender].append(Lane(None))
        ready = self._ready(session, now)
        self._turn += 1
        first = self._turn % len(ready) if ready else 0
        for sender, lane in [*ready[first:], *ready[:first]]:
            lanes[sender].append(lane)
        return lanes

    def _ready(self, session: Session, now: datetime) -> list[tuple[str, Lane]]:
        rows = session.connection().execute(_SENDING).all()
        is_due = self._judging.is_due(now)
        # One that was just resumed is judged at once, or it would run on past its limits.
        judged = [row for row in rows if is_due or not row.is_released or row.id not in self._going]
        rooms = self._judge(session, judged, now) if judged else {}
        ready = [
            (row.sender, Lane(row.id, row.not_after, room, _terms(row), row.max_rate))
            for row in rows
            if (room := rooms.get(row.id, NO_LIMIT))
        ]
        self._going = {lane.campaign_id for _, lane in ready if lane.campaign_id}
        return ready

    def _judge(self, session: Session, rows: Sequence[AnyRow], now: datetime) -> dict[str, int]:
        """How many messages each campaign may send now; what must not go on is paused."""
        ids = [row.id for row in rows]
        counts, spent = counts_of(session, ids), spend.of_campaigns(session, ids)
        full = self._daily_cap is not None and spend.of_day(session, now) >= self._daily_cap
        rooms = {}
        for row in rows:
            paid = spent.get(row.id, spend.NOTHING)
            progress = Progress(counts[row.id], row.opt_outs_after, paid.amount, paid.messages)
            stop = why_stop(Policy.from_json(row.policy), progress)
            if full:
                stop = Stop(SPEND_CAP, _SPENT_TODAY.format(self._daily_cap))
            rooms[row.id] = _room(session, row, progress, stop, now)
        return rooms


def _terms(row: AnyRow) -> Terms:
    return Terms.from_json(row.terms) if row.terms else NO_TERMS


def _room(
    session: Session, row: AnyRow, progress: Progress, stop: Stop | None, now: datetime
) -> int:
    policy = Policy.from_json(row.policy)
    if row.not_after is not None and now > row.not_after:
        late = f"too late: not to be sent after {row.not_after:%Y-%m-%d %H:%M} UTC"
        if not campaign_status.skip_waiting(session, row.id, late, now):
            campaign_status.finish_done(session, [row.id], now)
        return 0
    if stop is not None:
        campaign_status.pause(session, row.id, stop.rule, stop.reason, now)
        return 0
    if row.is_released:
        return NO_LIMIT
    if left := canary_room(policy, progress):
        return left
    since = row.canary_at or now
    over = is_canary_over(policy, progress, since, now)
    changes: dict[str, Any] = {"canary_at": since, "is_released": over}
    still_held = update(Campaign).where(Campaign.id == row.id, ~Campaign.is_released)
    changed = session.execute(still_held.values(changes).returning(Campaign.id)).first()
    if over and changed:
        note(session, NewCampaignEvent(row.id, RELEASE, Source.US, "canary"), now)
    return NO_LIMIT if over else 0


def _senders_of_singles(session: Session, now: datetime) -> Sequence[str]:
    return session.connection().execute(_SINGLES, {"now": now}).scalars().all()


_SINGLES = (
    select(Message.sender)
    .where(
        Message.campaign_id.is_(None),
        Message.status == MessageStatus.QUEUED,
        Message.due_at <= bindparam("now"),
    )
    .distinct()
)
_SENDING = (
    select(
        *(Campaign.id, Campaign.sender, Campaign.not_after, Campaign.policy),
        *(Campaign.canary_at, Campaign.is_released, Campaign.opt_outs_after, Campaign.terms),
        Campaign.max_rate,
    )
    .where(Campaign.status == CampaignStatus.SENDING)
    .order_by(Campaign.id)
)
