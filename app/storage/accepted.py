"""What most sends come to, in one statement for all of them: Vonage took the message.

It is what `messages.advance` would do, which asks for each row and weighs what it hears. There is
nothing to weigh where a message is still being sent, for the first time: whatever else is heard of
it moves it on from there, and finds it no longer so.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.message import Attempt, MessageStatus, OutcomeKind
from app.storage import rowsets
from app.storage.counts import CountChanges
from app.storage.deliveries import DeliveryChanges, Stand
from app.storage.tables import Message

_NAMES = (
    *("id", "message_uuid", "status", "status_at", "accepted_at"),
    *("lease_until", "reason", "error_code", "final_at"),
)
_PLAIN = (
    f"messages.status = '{MessageStatus.SENDING}' AND messages.earlier_attempts = 0"
    " AND messages.accepted_at IS NULL"
)


def accept(
    session: Session, attempts: Sequence[Attempt], now: datetime
) -> tuple[frozenset[str], list[Attempt]]:
    """Move on what can be moved on so; returns the campaigns of that, and the other attempts.

    The campaigns may be finished by it. The messages are held by this transaction.
    """
    plain = {each.message.id: each for each in attempts if _is_plain(each)}
    same = (MessageStatus.ACCEPTED, now, now, None, None, None, None)
    rows = ((name, each.outcome.message_uuid, *same) for name, each in plain.items())
    changed = rowsets.update_where(session, Message, _NAMES, rows, _PLAIN)
    done = {name: plain[name].message.campaign_id for name in changed}
    _count(session, Counter(done.values()), now)
    others = [each for each in attempts if each.message.id not in done]
    return frozenset(campaign for campaign in done.values() if campaign), others


def _is_plain(attempt: Attempt) -> bool:
    outcome = attempt.outcome
    accepted = outcome.kind is OutcomeKind.ACCEPTED and outcome.message_uuid
    return bool(accepted and not outcome.reason and not outcome.code)


def _count(session: Session, campaigns: Counter[str | None], now: datetime) -> None:
    counts, deliveries = CountChanges(), DeliveryChanges()
    for campaign_id, count in campaigns.items():
        counts.move(campaign_id, MessageStatus.SENDING, MessageStatus.ACCEPTED, count)
        deliveries.add(campaign_id, Stand(MessageStatus.ACCEPTED, now, None), count)
    counts.apply(session)
    deliveries.apply(session)
