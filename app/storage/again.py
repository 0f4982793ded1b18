"""Back to the queue: messages that are sent again because a person, or a rule of one, wants it.

The one step back that is not the outbox's. What the message had come to is kept in the history
of its attempts, by which news of that try is told from news of the next (`domain.second_try`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.orm import Session

from app.domain.errors import Conflict
from app.domain.lifecycle import Action, CampaignStatus, moved
from app.domain.message import MessageStatus, OutcomeKind
from app.domain.policy import Policy
from app.storage import campaign_status
from app.storage.columns import UtcDateTime
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.deliveries import DeliveryChanges, Stand
from app.storage.tables import AttemptRow, Campaign, Message, MessageCount
from app.storage.upsert import insert

COLUMNS = (
    *(Message.id, Message.campaign_id, Message.status, Message.status_at, Message.sent_at),
    *(Message.attempts, Message.reason, Message.error_code, Message.message_uuid, Message.price),
)
"""Of messages that are to be queued again, selected for update in the order of their ids."""


def queue(session: Session, rows: Sequence[AnyRow], by: str, reason: str, now: datetime) -> None:
    """Queue these messages once more, and reopen their campaigns.

    Raises Conflict when a campaign is in no state to send more, or wants nothing sent this late.
    """
    if not rows:
        return
    statement = _close(insert(session, AttemptRow))
    session.connection().execute(statement, [_end_of_try(row) for row in rows])
    session.connection().execute(
        _QUEUE, {"ids": [row.id for row in rows], "now": now, "why": reason}
    )
    counts, deliveries = CountChanges(), DeliveryChanges()
    for row in rows:
        counts.move(row.campaign_id, row.status, MessageStatus.QUEUED)
        deliveries.add(row.campaign_id, Stand(row.status, row.status_at, row.error_code), -1)
    counts.apply(session)
    deliveries.apply(session)
    for campaign_id in sorted({row.campaign_id for row in rows if row.campaign_id is not None}):
        _reopen(session, campaign_id, by, now)


# What was put in doubt by hand, as after a restored backup, may have had an attempt unknown here.
_ATTEMPTS = case((Message.attempts == 0, 1), else_=Message.attempts)
_QUEUE = (
    update(Message.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(Message.id.in_(bindparam("ids", expanding=True)))
    .values(
        status=MessageStatus.QUEUED,
        status_at=bindparam("now", type_=UtcDateTime),
        due_at=bindparam("now", type_=UtcDateTime),
        reason=bindparam("why"),
        attempts=_ATTEMPTS,
        earlier_attempts=_ATTEMPTS,
        # Of the try that is over; from here on they are the next one's.
        **dict.fromkeys(("error_code", "message_uuid", "price", "accepted_at", "final_at")),
    )
)


def _end_of_try(row: AnyRow) -> dict[str, Any]:
    """The attempt that ended it; a process that died may have left no record of one."""
    return {
        "message_id": row.id,
        "number": max(1, row.attempts),
        "began_at": row.sent_at or row.status_at,
        "ended_at": row.status_at,
        "outcome": OutcomeKind.IN_DOUBT,
        "code": row.error_code,
        "reason": row.reason,
        "status": row.status,
        "message_uuid": row.message_uuid,
        "price": row.price,
    }


@cache
def _close(statement: Any) -> Any:
    told = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["message_id", "number"],
        set_={
            "code": told.code,
            "reason": told.reason,
            "status": told.status,
            "message_uuid": func.coalesce(told.message_uuid, AttemptRow.message_uuid),
            "price": func.coalesce(told.price, AttemptRow.price),
        },
    )


def _reopen(session: Session, campaign_id: str, by: str, now: datetime) -> None:
    """Let a finished campaign send again; a paused one stays so, and keeps its reason."""
    row = session.execute(
        select(Campaign.status, Campaign.not_after)
        .where(Campaign.id == campaign_id)
        .with_for_update()
    ).one()
    status = CampaignStatus(row.status)
    if row.not_after is not None and now > row.not_after:
        raise Conflict(
            f"the campaign was not to send anything after {row.not_after:%Y-%m-%d %H:%M} UTC"
        )
    if moved(status, Action.REOPEN, None, now) is not status:
        campaign_status.move(session, campaign_id, Action.REOPEN, by, None, now)


@dataclass(frozen=True, slots=True)
class Silence:
    """A campaign whose doubts are sent again after so many seconds without news."""

    campaign_id: str
    seconds: float


_DOUBTFUL = (
    select(Campaign.id, Campaign.policy)
    .where(
        Campaign.id.in_(
            select(MessageCount.campaign_id)
            .where(MessageCount.status == MessageStatus.IN_DOUBT)
            .group_by(MessageCount.campaign_id)
            .having(func.sum(MessageCount.count) > 0)
        ),
        Campaign.status.in_(
            [CampaignStatus.SENDING, CampaignStatus.PAUSED, CampaignStatus.FINISHED]
        ),
        Campaign.not_after.is_(None) | (Campaign.not_after > bindparam("now", type_=UtcDateTime)),
    )
    .order_by(Campaign.id)
)


def silences(session: Session, now: datetime) -> list[Silence]:
    """Campaigns with doubts whose policy is to send them again."""
    rows = session.connection().execute(_DOUBTFUL, {"now": now})
    found = ((row.id, Policy.from_json(row.policy).resend_after) for row in rows)
    return [Silence(each, seconds) for each, seconds in found if seconds is not None]


def queue_silent(session: Session, silence: Silence, now: datetime, limit: int) -> int:
    """Queue again some doubts of a campaign that are old enough; returns how many."""
    rows = session.execute(
        select(*COLUMNS)
        .where(
            Message.campaign_id == silence.campaign_id,
            Message.status == MessageStatus.IN_DOUBT,
            Message.status_at < now - timedelta(seconds=silence.seconds),
        )
        .order_by(Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    reason = f"sent again, as the campaign has it after {silence.seconds:g} seconds of silence"
    queue(session, rows, "resend policy", reason, now)
    return len(rows)
