"""Messages as they are looked at: one, or a page of a campaign's."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.message import MessageKind, MessageStatus
from app.storage.database import AnyRow
from app.storage.tables import Message


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it stands."""

    id: str
    campaign_id: str | None
    kind: MessageKind
    number: str
    sender: str
    text: str
    segments: int
    status: MessageStatus
    status_at: datetime
    due_at: datetime
    hold_note: str | None
    reason: str | None
    error_code: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
    message_uuid: str | None
    price: Decimal | None
    currency: str | None
    billed_segments: int | None


_FIRST = str(UUID(int=0))  # before every id
_COLUMNS = [getattr(Message, name) for name in StoredMessage.__dataclass_fields__]


def find(session: Session, message_id: str) -> StoredMessage | None:
    """The message with this id of ours."""
    row = session.execute(select(*_COLUMNS).where(Message.id == message_id)).first()
    return _stored(row) if row else None


def id_of_uuid(session: Session, message_uuid: str) -> str | None:
    """Our id of the message that Vonage knows under `message_uuid`."""
    return session.execute(select(Message.id).where(Message.message_uuid == message_uuid)).scalar()


def page(
    session: Session,
    campaign_id: str | None,
    status: MessageStatus | None,
    after: str | None,
    limit: int,
) -> list[StoredMessage]:
    """Messages of a campaign, or of none, in the order of its recipients: those behind `after`."""
    # Ids of a campaign's messages are greater than its own, so the page starts there and reads
    # the primary key, or the index on the status, from that place.
    statement = select(*_COLUMNS).where(
        Message.campaign_id == campaign_id, Message.id > (after or campaign_id or _FIRST)
    )
    if status is not None:
        statement = statement.where(Message.status == status)
    rows = session.execute(statement.order_by(Message.id).limit(limit))
    return [_stored(row) for row in rows]


def _stored(row: AnyRow) -> StoredMessage:
    values = row._mapping
    return StoredMessage(
        **{
            **values,
            "status": MessageStatus(values["status"]),
            "kind": MessageKind(values["kind"]),
        }
    )
