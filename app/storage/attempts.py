"""What attempts to send come to: news of the message, a way back to the queue, a slower sender."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.message import Attempt, MessageStatus, OutcomeKind
from app.domain.retry import delay_before_retry
from app.storage import journal
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.messages import Heard
from app.storage.tables import Message, Sender

_STATUS = {
    OutcomeKind.ACCEPTED: MessageStatus.ACCEPTED,
    OutcomeKind.REFUSED: MessageStatus.FAILED,
    OutcomeKind.IN_DOUBT: MessageStatus.IN_DOUBT,
}
_THROTTLED = 1.0  # seconds without a word from Vonage; it counts in windows of one second
_PAUSED = timedelta(seconds=5)  # before a message is offered again after its campaign paused


def slow_down(session: Session, attempts: Iterable[Attempt], now: datetime) -> None:
    """After a 429 nothing more leaves the sender for as long as Vonage asked."""
    waits: dict[str, float] = {}
    for attempt in attempts:
        if attempt.outcome.throttled:
            wait = attempt.outcome.retry_after or _THROTTLED
            waits[attempt.message.sender] = max(wait, waits.get(attempt.message.sender, 0.0))
    for sender, wait in sorted(waits.items()):
        until = now.timestamp() + wait
        session.execute(
            update(Sender)
            .where(Sender.name == sender, Sender.next_slot < until)
            .values(next_slot=until)
        )


def news(session: Session, attempts: Sequence[Attempt], now: datetime) -> list[Heard]:
    """What attempts tell of their messages, with receipts that were here before the answer."""
    told = [_heard(attempt, now) for attempt in attempts if _is_settled(attempt)]
    ids = {heard.message_uuid: heard.message_id for heard in told if heard.message_uuid}
    for message_uuid, receipt in journal.release(session, ids) if ids else ():
        told.append(Heard.from_receipt(ids[message_uuid], receipt))
    return told


def _is_settled(attempt: Attempt) -> bool:
    kind = attempt.outcome.kind
    without_campaign = attempt.message.campaign_id is None
    return kind in _STATUS or (kind is OutcomeKind.CAMPAIGN_MUST_PAUSE and without_campaign)


def _heard(attempt: Attempt, now: datetime) -> Heard:
    outcome = attempt.outcome
    return Heard(
        attempt.message.id,
        # Where there is no campaign to pause, the message alone has failed.
        _STATUS.get(outcome.kind, MessageStatus.FAILED),
        now,
        outcome.reason or None,
        outcome.code,
        outcome.message_uuid,
    )


def pauses(attempts: Iterable[Attempt]) -> Mapping[str, str]:
    """The campaigns that must pause, with the reason."""
    return {
        attempt.message.campaign_id: attempt.outcome.reason
        for attempt in attempts
        if attempt.outcome.kind is OutcomeKind.CAMPAIGN_MUST_PAUSE
        and attempt.message.campaign_id is not None
    }


def give_back(session: Session, attempts: Sequence[Attempt], now: datetime) -> list[Heard]:
    """Queue again what was provably not accepted; returns news of what was tried too often."""
    returned = {a.message.id: a for a in attempts if not _is_settled(a)}
    counts, rows, given_up = CountChanges(), [], []
    for row in _being_sent(session, returned):
        attempt = returned[row.id]
        due_at = _due_again(attempt, row.attempts, now)
        if due_at is None:
            given_up.append(_given_up(attempt, row.attempts, now))
            continue
        counts.move(row.campaign_id, MessageStatus.SENDING, MessageStatus.QUEUED)
        rows.append(_queued_again(row, attempt, due_at, now))
    if rows:
        session.execute(update(Message), rows)
    counts.apply(session)
    return given_up


def _being_sent(session: Session, ids: Iterable[str]) -> Sequence[AnyRow]:
    return session.execute(
        select(Message.id, Message.campaign_id, Message.attempts)
        .where(Message.id.in_(sorted(ids)), Message.status == MessageStatus.SENDING)
        .order_by(Message.id)
        .with_for_update()
    ).all()


def _due_again(attempt: Attempt, attempts: int, now: datetime) -> datetime | None:
    if attempt.outcome.kind is OutcomeKind.CAMPAIGN_MUST_PAUSE:
        return now + _PAUSED
    jitter = random.random()  # noqa: S311 (spreads load, hides nothing)
    delay = delay_before_retry(attempts, attempt.outcome.retry_after, jitter)
    return None if delay is None else now + timedelta(seconds=delay)


def _given_up(attempt: Attempt, attempts: int, now: datetime) -> Heard:
    reason = f"given up after {attempts} attempts: {attempt.outcome.reason}"
    return Heard(attempt.message.id, MessageStatus.FAILED, now, reason, attempt.outcome.code)


def _queued_again(row: AnyRow, attempt: Attempt, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": MessageStatus.QUEUED,
        "status_at": now,
        "due_at": due_at,
        "lease_until": None,
        "reason": attempt.outcome.reason,
        "error_code": attempt.outcome.code,
    }
