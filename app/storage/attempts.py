"""What attempts to send come to: news of the message, a way back to the queue, another pace."""

import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.message import Attempt, MessageStatus, Outcome, OutcomeKind
from app.domain.retry import GIVEN_UP, again_at
from app.domain.throughput import Pace
from app.storage import journal, rowsets, senders
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.journal import Released
from app.storage.messages import Heard
from app.storage.tables import AttemptRow, Message

_log = logging.getLogger(__name__)

_STATUS = {
    OutcomeKind.ACCEPTED: MessageStatus.ACCEPTED,
    OutcomeKind.REFUSED: MessageStatus.FAILED,
    OutcomeKind.IN_DOUBT: MessageStatus.IN_DOUBT,
}
_PAUSED = timedelta(seconds=5)  # before a message is offered again after its campaign paused


def note(session: Session, attempts: Sequence[Attempt]) -> None:
    """Add to the history of attempts; what is there stays, unless it was only a doubt."""
    # In the order in which messages are locked elsewhere: each row holds its message.
    rows = map(_noted, sorted(attempts, key=lambda each: each.message.id))
    rowsets.upsert(session, AttemptRow, _NOTED, rows, _UNLESS_NOTED)


_RESULT = ("ended_at", "outcome", "code", "reason")
_NOTED = ("message_id", "number", "claimed_at", "began_at", *_RESULT)
_UNLESS_NOTED = (
    "(message_id, number) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _RESULT)
    + f" WHERE attempts.outcome = '{OutcomeKind.IN_DOUBT}' AND attempts.status IS NULL"
)


def _noted(attempt: Attempt) -> tuple[Any, ...]:
    """The values of `_NOTED`."""
    message, outcome = attempt.message, attempt.outcome
    begun = (message.id, message.attempt, message.claimed_at, attempt.began_at)
    return (*begun, attempt.ended_at, outcome.kind, outcome.code, outcome.reason or None)


def set_pace(
    session: Session, attempts: Iterable[Attempt], default_rate: float, now: datetime
) -> None:
    """Let senders feel how Vonage took their messages: slower after a 429, on hold in an outage.

    Mostly there is nothing to feel. Then the sender is not held, or the claims of all processes
    would wait for this transaction; it is looked at again where there was.
    """
    by_sender: dict[str, list[Outcome]] = {}
    for attempt in attempts:
        by_sender.setdefault(attempt.message.sender, []).append(attempt.outcome)
    for sender, outcomes in sorted(by_sender.items()):
        if all(map(_went_well, outcomes)) and not senders.failures(session, sender):
            continue
        pace = senders.hold(session, sender, default_rate, now.timestamp())
        after = _pace_after(pace, outcomes, now.timestamp())
        if after != pace:
            senders.keep(session, sender, after)
            _tell(sender, pace, after, now.timestamp())


def _went_well(outcome: Outcome) -> bool:
    return not outcome.throttled and not outcome.unreachable


def _pace_after(pace: Pace, outcomes: Sequence[Outcome], now: float) -> Pace:
    throttles = [outcome.retry_after for outcome in outcomes if outcome.throttled]
    if throttles:
        return pace.throttled(max((each for each in throttles if each), default=None), now)
    if all(outcome.unreachable for outcome in outcomes):
        return pace.unreachable(now)
    return replace(pace, failures=0)


def _tell(sender: str, before: Pace, after: Pace, now: float) -> None:
    if after.slowed_at != before.slowed_at:
        rate = round(after.rate_at(now), 2)
        _log.warning("sender_throttled", extra={"sender": sender, "rate": rate})
    elif after.failures and not before.failures:
        _log.warning("carrier_unreachable", extra={"sender": sender})
    elif before.failures and not after.failures:
        _log.info("carrier_reached_again", extra={"sender": sender})


def news(attempts: Sequence[Attempt], now: datetime) -> list[Heard]:
    """What attempts tell of their messages."""
    return [_heard(attempt, now) for attempt in attempts if _is_settled(attempt)]


def released(session: Session, attempts: Sequence[Attempt]) -> list[Released]:
    """The receipts that were here before the answer that names Vonage's id."""
    named = [each for each in attempts if each.outcome.message_uuid]
    ids = {str(each.outcome.message_uuid): each.message.id for each in named}
    return journal.release(session, ids) if ids else []


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
        attempt=attempt.message.attempt,
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
    if not returned:
        return []
    counts, rows, given_up = CountChanges(), [], []
    for row in _being_sent(session, returned):
        attempt = returned[row.id]
        if row.attempts != attempt.message.attempt:
            continue  # written down before, and claimed again since: it may be on its way
        tries = row.attempts - row.earlier_attempts
        due_at = _due_again(attempt, tries, now)
        if due_at is None:
            given_up.append(_given_up(attempt, tries, now))
            continue
        counts.move(row.campaign_id, MessageStatus.SENDING, MessageStatus.QUEUED)
        rows.append(_queued_again(row, attempt, due_at, now))
    if rows:
        session.execute(update(Message), rows)
    counts.apply(session)
    return given_up


def _being_sent(session: Session, ids: Iterable[str]) -> Sequence[AnyRow]:
    return session.execute(
        select(Message.id, Message.campaign_id, Message.attempts, Message.earlier_attempts)
        .where(Message.id.in_(sorted(ids)), Message.status == MessageStatus.SENDING)
        .order_by(Message.id)
        .with_for_update()
    ).all()


def _due_again(attempt: Attempt, attempts: int, now: datetime) -> datetime | None:
    if attempt.outcome.kind is OutcomeKind.CAMPAIGN_MUST_PAUSE:
        return now + _PAUSED
    jitter = random.random()  # noqa: S311 (spreads load, hides nothing)
    return again_at(attempts, attempt.outcome.retry_after, now, attempt.message.not_after, jitter)


def _given_up(attempt: Attempt, attempts: int, now: datetime) -> Heard:
    reason = f"{GIVEN_UP} after {attempts} attempts: {attempt.outcome.reason}"
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
