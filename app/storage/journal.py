"""The journal of webhooks: the raw body first, whatever is made of it afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.message import DeliveryReceipt, MessageStatus
from app.storage.tables import WebhookEvent
from app.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One webhook call. Calls with the same key tell the same."""

    id: str
    kind: str  # status, inbound or unread
    key: str
    body: str
    message_uuid: str | None = None


def note(session: Session, event: NewEvent, now: datetime) -> bool:
    """Write the call down; False when it was heard before."""
    row = {
        "id": event.id,
        "kind": event.kind,
        "event_key": event.key[:200],
        "received_at": now,
        "body": event.body,
        "message_uuid": event.message_uuid,
        "matched": True,
        "receipt": None,
    }
    statement = _unless_heard(insert(session, WebhookEvent))
    return session.connection().execute(statement, row).first() is not None


@cache
def _unless_heard(statement: Any) -> Any:
    return statement.on_conflict_do_nothing().returning(WebhookEvent.id)


def hold(session: Session, event_id: str, receipt: DeliveryReceipt) -> None:
    """Keep a receipt of a message that we do not know (yet)."""
    session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id == event_id)
        .values(matched=False, receipt=_as_json(receipt))
    )


def release(session: Session, message_uuids: Iterable[str]) -> list[tuple[str, DeliveryReceipt]]:
    """Receipts that were held for these messages, by Vonage's id, and are so no longer."""
    rows = session.execute(
        update(WebhookEvent)
        .where(
            ~WebhookEvent.matched,
            WebhookEvent.message_uuid.in_(sorted(message_uuids)),
        )
        .values(matched=True)
        .returning(WebhookEvent.message_uuid, WebhookEvent.receipt)
        .execution_options(synchronize_session=False)
    )
    return [(str(uuid), _from_json(receipt or {})) for uuid, receipt in rows]


def _as_json(receipt: DeliveryReceipt) -> dict[str, Any]:
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


def _from_json(kept: dict[str, Any]) -> DeliveryReceipt:
    return DeliveryReceipt(
        **{
            **kept,
            "status": MessageStatus(kept["status"]),
            "at": datetime.fromisoformat(kept["at"]),
            "price": None if kept["price"] is None else Decimal(kept["price"]),
        }
    )
