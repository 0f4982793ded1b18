"""Messages: the one place where a status is written.

`advance` moves a message forward to what was heard about it, whatever the order it is heard in;
`accepted` does the same for what most sends come to. The outbox alone also takes steps between
queued and sending, and `again` one back to queued.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from app.domain.hooks import HookEvent
from app.domain.lots import lots
from app.domain.message import FINAL, OPEN, MessageKind, MessageStatus
from app.domain.second_try import Meaning
from app.storage import bulk, earlier, hook_news, message_rows, spend
from app.storage.beside import nothing
from app.storage.counts import CountChanges
from app.storage.deliveries import DeliveryChanges, Stand
from app.storage.hearing import Heard, Hearing, Subject
from app.storage.hook_news import EndedMessage
from app.storage.message_rows import LockedRow
from app.storage.tables import Message, MessageCount

__all__ = [
    "Applied",
    "Heard",
    "NewMessage",
    "add",
    "advance",
    "apply",
    "skip_all_queued",
    "skip_queued",
]


class NewMessage(NamedTuple):
    """A message as it is first stored; a tuple, since a campaign makes a million of them."""

    id: str
    kind: MessageKind
    number: str
    sender: str
    text: str
    segments: int
    due_at: datetime
    campaign_id: str | None = None
    status: MessageStatus = MessageStatus.QUEUED
    reason: str | None = None
    closes_at: datetime | None = None
    hold_note: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What news did."""

    closed: frozenset[str]  # campaigns of which messages were open and are no longer
    settled: frozenset[str]  # messages that were in doubt and are no longer
    unclear: tuple[Heard, ...]  # news that waits for our own record of a new try


_COUNTED = attrgetter("campaign_id", "status")


def add(
    session: Session,
    messages: Iterable[NewMessage],
    now: datetime,
    between: Callable[[], object] = nothing,
) -> int:
    """Store messages and count them; returns how many are queued.

    Whoever makes them may use the session in `between` alone, which is called after some were.
    """
    tally: Counter[tuple[str | None, MessageStatus]] = Counter()
    told = hook_news.listening(session, HookEvent.MESSAGE_FINAL)
    ended: list[EndedMessage] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for lot in lots(messages):
            tally.update(map(_COUNTED, lot))
            if told:
                ended.extend(_ended_at_once(each, now) for each in lot if each.status in FINAL)
            for message in lot:
                yield _new_row(message, now)

    bulk.insert_values(session, Message, _NEW, rows(), between)
    counts = CountChanges()
    for (campaign_id, status), count in tally.items():
        counts.add(campaign_id, status, count)
    counts.apply(session)
    hook_news.messages_ended(session, ended)
    return sum(count for (_, status), count in tally.items() if status is MessageStatus.QUEUED)


def _ended_at_once(message: NewMessage, now: datetime) -> EndedMessage:
    told = (message.id, message.campaign_id, message.number, message.status, now, message.reason)
    return EndedMessage(*told)


def remove_of(session: Session, campaign_id: str) -> None:
    """Take away what was queued for a campaign that has not begun, and its counts."""
    session.execute(delete(Message).where(Message.campaign_id == campaign_id))
    session.execute(delete(MessageCount).where(MessageCount.campaign_id == campaign_id))


_NEW = (*NewMessage._fields, "status_at", "created_at", "final_at", "attempts")


def _new_row(message: NewMessage, now: datetime) -> tuple[Any, ...]:
    """The values of `_NEW`."""
    return (*message, now, now, now if message.status in FINAL else None, 0)


def advance(session: Session, news: Sequence[Heard]) -> frozenset[str]:
    """Apply what was heard; returns the campaigns that may be finished by it."""
    return apply(session, news).closed


def apply(session: Session, news: Sequence[Heard]) -> Applied:
    """Apply what was heard.

    A status moves only forward (`furthest`), so repeats and late news are harmless. Facts such as
    the price are kept from whichever news brought them. Of a message that was queued again, news
    of an earlier try does not end the new one.
    """
    if not news:
        return Applied(frozenset(), frozenset(), ())
    rows = message_rows.locked(session, {heard.message_id for heard in news})
    hearings = _hearings(session, rows)
    unclear = [
        heard
        for heard in news
        if heard.message_id in hearings
        and hearings[heard.message_id].hear(heard) is Meaning.UNCLEAR
    ]
    changed = [row for row in rows if hearings[row.id].state != message_rows.state(row)]
    _write(session, changed, hearings)
    _keep_what_was_learnt(session, hearings)
    now_of = {row.id: hearings[row.id].state["status"] for row in changed}
    return Applied(
        frozenset(
            row.campaign_id for row in changed if row.status in OPEN and row.campaign_id is not None
        ),
        frozenset(
            row.id for row in changed if MessageStatus.IN_DOUBT == row.status != now_of[row.id]
        ),
        tuple(unclear),
    )


def _hearings(session: Session, rows: Sequence[LockedRow]) -> dict[str, Hearing]:
    tries = earlier.of_messages(session, [row.id for row in rows if row.earlier_attempts])
    return {
        row.id: Hearing(
            message_rows.state(row),
            Subject(row.campaign_id, row.number, row.segments),
            # What was skipped while it waited for another try stands by the one before.
            [each for each in tries.get(row.id, ()) if each.attempt <= row.earlier_attempts],
        )
        for row in rows
    }


def _write(session: Session, rows: Sequence[LockedRow], hearings: Mapping[str, Hearing]) -> None:
    if not rows:
        return
    message_rows.change(session, [(row, hearings[row.id].state) for row in rows])
    counts, deliveries = CountChanges(), DeliveryChanges()
    for row in rows:
        new = hearings[row.id].state
        counts.move(row.campaign_id, row.status, new["status"])
        deliveries.move(
            row.campaign_id,
            Stand(row.status, row.status_at, row.error_code),
            Stand(new["status"], new["status_at"], new["error_code"]),
        )
    counts.apply(session)
    deliveries.apply(session)
    states = [(row, hearings[row.id].state) for row in rows]
    ended = [_ended(row, new) for row, new in states if row.status != new["status"] in FINAL]
    hook_news.messages_ended(session, ended)


def _ended(row: LockedRow, state: Mapping[str, Any]) -> EndedMessage:
    told = (state["status"], state["status_at"], state["reason"], state)
    return EndedMessage(row.id, row.campaign_id, row.number, *told)


def _keep_what_was_learnt(session: Session, hearings: Mapping[str, Hearing]) -> None:
    spend.add(session, [price for hearing in hearings.values() for price in hearing.prices])
    for message_id, hearing in hearings.items():
        for attempt, known in hearing.learnt.items():
            earlier.learn(session, message_id, attempt, known.message_uuid, known.price)


_LONGEST_DELAY = timedelta(minutes=3)  # of a retry: a minute of backoff, one of Retry-After
_LONGEST_LEASE = timedelta(minutes=11)  # SEND_TIMEOUT is at most 300 seconds, twice


def disbelieve_times(session: Session, now: datetime) -> None:
    """Bring back what waits for a time that only a clock that was wrong can have noted."""
    waiting = update(Message).where(
        Message.status == MessageStatus.QUEUED,
        Message.attempts > 0,
        Message.due_at > now + _LONGEST_DELAY,
    )
    leased = update(Message).where(
        Message.status == MessageStatus.SENDING, Message.lease_until > now + _LONGEST_LEASE
    )
    session.execute(waiting.values(due_at=now))
    session.execute(leased.values(lease_until=now + _LONGEST_LEASE))


_LEAVING = select(
    exists().where(
        Message.number == bindparam("this_number"),
        Message.status == MessageStatus.SENDING,
        Message.kind != MessageKind.REPLY,
    )
)


def is_leaving(session: Session, number: str) -> bool:
    """Is a message to this number, other than a reply to it, in the hands of a thread now?"""
    return bool(session.connection().execute(_LEAVING, {"this_number": number}).scalar())


def skip_queued(session: Session, number: str, reason: str, now: datetime) -> frozenset[str]:
    """Skip whatever still waits for a number, replies to it excepted; returns the campaigns."""
    return skip_all_queued(session, [number], reason, now)


def skip_all_queued(
    session: Session, numbers: Sequence[str], reason: str, now: datetime
) -> frozenset[str]:
    """The same for some numbers."""
    if not numbers:
        return frozenset()
    waiting = session.execute(
        select(Message.id)
        .where(
            Message.number.in_(numbers),
            Message.status == MessageStatus.QUEUED,
            Message.kind != MessageKind.REPLY,
        )
        .order_by(Message.id)
        .with_for_update()
    ).scalars()
    return advance(session, [Heard(each, MessageStatus.SKIPPED, now, reason) for each in waiting])
