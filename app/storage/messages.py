"""Messages: the one place where a status is written.

`advance` moves a message forward to what was heard about it, whatever the order it is heard in.
The outbox alone also takes steps between queued and sending.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.orm import Session

from app.domain.message import FINAL, OPEN, DeliveryReceipt, MessageKind, MessageStatus, furthest
from app.storage import spend
from app.storage.counts import CountChanges
from app.storage.database import AnyRow
from app.storage.spend import Price
from app.storage.tables import Message

_NO_REASON = "the carrier gave no reason"
_FAILED = frozenset({MessageStatus.UNDELIVERABLE, MessageStatus.REJECTED})

_CHUNK = 5_000  # rows an INSERT, so that a million recipients never stand in memory as rows


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as it is first stored."""

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


@dataclass(frozen=True, slots=True)
class Heard:
    """Something heard about a message. What is None was not said, and changes nothing."""

    message_id: str
    status: MessageStatus
    at: datetime
    reason: str | None = None
    error_code: str | None = None
    message_uuid: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    segments: int | None = None

    @classmethod
    def from_receipt(cls, message_id: str, receipt: DeliveryReceipt) -> "Heard":
        """What a delivery receipt tells of this message."""
        return cls(
            message_id,
            receipt.status,
            receipt.at,
            receipt.reason or (_NO_REASON if receipt.status in _FAILED else None),
            receipt.error_code,
            receipt.message_uuid,
            receipt.price,
            receipt.currency,
            receipt.segments,
        )


def add(session: Session, messages: Iterable[NewMessage], now: datetime) -> int:
    """Store messages and count them; returns how many are queued."""
    counts, queued, rows = CountChanges(), 0, []
    for message in messages:
        rows.append(_new_row(message, now))
        counts.add(message.campaign_id, message.status)
        queued += message.status is MessageStatus.QUEUED
        if len(rows) == _CHUNK:
            session.execute(insert(Message), rows)
            rows = []
    if rows:
        session.execute(insert(Message), rows)
    counts.apply(session)
    return queued


def _new_row(message: NewMessage, now: datetime) -> dict[str, Any]:
    return {
        "id": message.id,
        "campaign_id": message.campaign_id,
        "kind": message.kind,
        "number": message.number,
        "sender": message.sender,
        "text": message.text,
        "segments": message.segments,
        "status": message.status,
        "status_at": now,
        "reason": message.reason,
        "attempts": 0,
        "due_at": message.due_at,
        "created_at": now,
        "final_at": now if message.status in FINAL else None,
    }


# Both are built once: every receipt runs them, and building costs more than running.
_CHANGING = (
    *("status", "status_at", "reason", "error_code", "lease_until", "accepted_at", "final_at"),
    *("message_uuid", "price", "currency", "billed_segments"),
)
_LOCK = (
    select(Message.id, Message.campaign_id, *(getattr(Message, name) for name in _CHANGING))
    .where(Message.id.in_(bindparam("ids", expanding=True)))
    .order_by(Message.id)
    .with_for_update()
)
_CHANGE = (
    update(Message.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(Message.id == bindparam("this_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


def advance(session: Session, news: Sequence[Heard]) -> set[str]:
    """Apply what was heard; returns the campaigns that may be finished by it.

    A status moves only forward (`furthest`), so repeats and late news are harmless. Facts such as
    the price are kept from whichever news brought them.
    """
    rows = _locked(session, {heard.message_id for heard in news})
    states = {row.id: _state(row) for row in rows}
    for heard in news:
        if heard.message_id in states:
            _hear(states[heard.message_id], heard)
    changed = [row for row in rows if states[row.id] != _state(row)]
    if not changed:
        return set()
    session.connection().execute(_CHANGE, [_bound(states[row.id]) for row in changed])
    counts = CountChanges()
    for row in changed:
        counts.move(row.campaign_id, row.status, states[row.id]["status"])
    counts.apply(session)
    spend.add(session, _first_prices(changed, states))
    closed = (row for row in changed if row.status in OPEN)
    return {row.campaign_id for row in closed if row.campaign_id is not None}


def _first_prices(
    rows: Sequence[AnyRow], states: Mapping[str, Mapping[str, Any]]
) -> Iterator[Price]:
    for row in rows:
        state = states[row.id]
        if row.price is None and state["price"] is not None:
            yield Price(row.campaign_id, state["status_at"].date(), state["price"])


def _locked(session: Session, ids: Iterable[str]) -> Sequence[AnyRow]:
    """The rows as they stand, in the order of their ids: two processes never wait in a circle."""
    return session.connection().execute(_LOCK, {"ids": sorted(ids)}).all()


def _state(row: AnyRow) -> dict[str, Any]:
    """What news can change. The campaign is left out: naming it would rewrite its indexes."""
    return {name: value for name, value in row._mapping.items() if name != "campaign_id"}


def _bound(state: Mapping[str, Any]) -> dict[str, Any]:
    return {"this_id": state["id"], **{f"new_{name}": state[name] for name in _CHANGING}}


def _hear(state: dict[str, Any], heard: Heard) -> None:
    old = MessageStatus(state["status"])
    new = furthest(old, heard.status)
    if new is not old:
        state |= {
            "status": new.value,
            "status_at": heard.at,
            "reason": heard.reason,
            "error_code": heard.error_code,
            "lease_until": None,
        }
    if heard.status is MessageStatus.ACCEPTED:
        state["accepted_at"] = state["accepted_at"] or heard.at
    if new in FINAL:
        state["final_at"] = state["final_at"] or heard.at
    _learn(state, "message_uuid", heard.message_uuid)
    _learn(state, "price", heard.price)
    _learn(state, "currency", heard.currency)
    _learn(state, "billed_segments", heard.segments)


def _learn(state: dict[str, Any], name: str, fact: object) -> None:
    if fact is not None:
        state[name] = fact


_LONGEST_DELAY = timedelta(minutes=3)  # of a retry: a minute of backoff, one of Retry-After
_LONGEST_LEASE = timedelta(minutes=6)  # SEND_TIMEOUT is at most 300 seconds


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


def skip_queued(session: Session, number: str, reason: str, now: datetime) -> set[str]:
    """Skip whatever still waits for a number, replies to it excepted; returns the campaigns."""
    waiting = session.execute(
        select(Message.id)
        .where(
            Message.number == number,
            Message.status == MessageStatus.QUEUED,
            Message.kind != MessageKind.REPLY,
        )
        .order_by(Message.id)
        .with_for_update()
    ).scalars()
    return advance(session, [Heard(each, MessageStatus.SKIPPED, now, reason) for each in waiting])
