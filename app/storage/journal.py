"""The journal of webhooks: the raw body first, whatever is made of it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.message import DeliveryReceipt, MessageStatus
from app.storage import rowsets, within
from app.storage.ledgers import WebhookEvent
from app.storage.tables import Message

_LONGEST_KEY = 200
_SETTLED = timedelta(seconds=2)  # no transaction that might still match a receipt is older
_LOOKED_FOR = timedelta(hours=1)  # later it is not ours


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One webhook call. Calls with the same key tell the same."""

    id: str
    kind: str  # status, inbound or unread
    key: str
    body: str
    message_uuid: str | None = None
    message_id: str | None = None
    receipt: DeliveryReceipt | None = None  # without a message_id it waits for `release`


def inbound_key(message_uuid: str) -> str:
    """The key of the call that brought us this text."""
    return f"inbound:{message_uuid}"[:_LONGEST_KEY]


def note(session: Session, event: NewEvent, now: datetime) -> bool:
    """Write the call down; False when it was heard before."""
    return bool(note_all(session, [event], now))


def note_all(session: Session, events: Sequence[NewEvent], now: datetime) -> frozenset[str]:
    """Write calls down; the ids of those that were not heard before."""
    if not events:
        return frozenset()
    # In one order, so that two processes which hear the same never wait in a circle.
    rows = [_as_row(event, now) for event in sorted(events, key=lambda each: (each.key, each.id))]
    return frozenset(rowsets.insert_new(session, WebhookEvent, _NEW, rows))


_NEW = (
    *("id", "kind", "event_key", "received_at", "body", "message_uuid"),
    *("matched", "message_id", "receipt"),
)


def _as_row(event: NewEvent, now: datetime) -> tuple[Any, ...]:
    """The values of `_NEW`."""
    return (
        *(event.id, event.kind, event.key[:_LONGEST_KEY], now, event.body, event.message_uuid),
        event.receipt is None or event.message_id is not None,
        event.message_id,
        None if event.receipt is None else receipt_as_json(event.receipt),
    )


def hold(session: Session, event_id: str) -> None:
    """Let a receipt wait for `release`: nobody can tell yet which try of its message it means."""
    session.execute(update(WebhookEvent).where(WebhookEvent.id == event_id).values(matched=False))


@dataclass(frozen=True, slots=True)
class Released:
    """A receipt that waited for our record of its message."""

    message_id: str
    receipt: DeliveryReceipt
    is_new: bool = True  # False: taken in before, but for the try that it may have been about


def release(session: Session, ids: Mapping[str, str]) -> list[Released]:
    """Receipts that were held for these messages, and are so no longer; `ids` are ours by Vonage's.

    They lock their rows, so call it before messages are locked, as receipts do.
    """
    held = within.where_one(session, _RELEASE, WebhookEvent.message_uuid)
    rows = session.connection().execute(held, {"many": within.many(sorted(ids))}).all()
    if rows:
        links = [{"id": row.id, "message_id": ids[row.message_uuid]} for row in rows]
        session.execute(update(WebhookEvent), links)
    return [
        Released(ids[row.message_uuid], receipt_from_json(row.receipt), row.message_id is None)
        for row in rows
    ]


def overlooked(session: Session, now: datetime, limit: int) -> list[Released]:
    """Receipts whose message is known by now, and that nobody has applied; they count as applied.

    A receipt without our id that is looked up while our record of Vonage's id commits sees no
    message, and that record sees no receipt. What is held for a new try is not among them.
    """
    rows = session.execute(
        select(WebhookEvent.id, WebhookEvent.receipt, Message.id.label("of"))
        .join(Message, Message.message_uuid == WebhookEvent.message_uuid)
        .where(
            ~WebhookEvent.matched,
            WebhookEvent.message_id.is_(None),
            WebhookEvent.received_at.between(now - _LOOKED_FOR, now - _SETTLED),
        )
        .limit(limit)
    ).all()
    if rows:
        links = [{"id": row.id, "message_id": row.of, "matched": True} for row in rows]
        session.execute(update(WebhookEvent), links)
    return [Released(row.of, receipt_from_json(row.receipt)) for row in rows]


# Every record of attempts runs it, mostly for nothing.
_RELEASE = (
    update(WebhookEvent.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(~WebhookEvent.matched)
    .values(matched=True)
    .returning(
        *(WebhookEvent.id, WebhookEvent.message_uuid, WebhookEvent.message_id),
        WebhookEvent.receipt,
    )
)


def receipt_as_json(receipt: DeliveryReceipt) -> dict[str, Any]:
    return {
        "status": receipt.status.value,
        "at": receipt.at.isoformat(),
        "message_uuid": receipt.message_uuid,
        "error_code": receipt.error_code,
        "reason": receipt.reason,
        "price": None if receipt.price is None else str(receipt.price),
        "currency": receipt.currency,
        "segments": receipt.segments,
    }


def receipt_from_json(kept: Mapping[str, Any]) -> DeliveryReceipt:
    return DeliveryReceipt(
        **{
            **kept,
            "status": MessageStatus(kept["status"]),
            "at": datetime.fromisoformat(kept["at"]),
            "price": None if kept["price"] is None else Decimal(kept["price"]),
        }
    )
