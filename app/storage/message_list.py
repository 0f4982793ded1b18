"""Messages as they are looked at: one, or a page of a campaign's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, union_all
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages of a campaign: all that is named must fit."""

    status: MessageStatus | None = None
    code: str | None = None  # of the error
    number: str | None = None  # the whole of it


ALL = Wanted()
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
    session: Session, campaign_id: str | None, wanted: Wanted, after: str | None, limit: int
) -> list[StoredMessage]:
    """Messages of a campaign, or of none, in the order of its recipients: those behind `after`."""
    of_campaign = Message.campaign_id == campaign_id, Message.id > (after or _FIRST)
    if wanted.code is not None or wanted.number is not None:
        chosen = _searched(wanted).where(*of_campaign).order_by(Message.id).limit(limit)
    else:
        statuses = list(MessageStatus) if wanted.status is None else [wanted.status]
        chosen = _merged(
            [
                select(Message.id)
                .where(*of_campaign, Message.status == status)
                .order_by(Message.id)
                .limit(limit)
                for status in statuses
            ],
            limit,
        )
    rows = session.execute(select(*_COLUMNS).where(Message.id.in_(chosen)).order_by(Message.id))
    return [_stored(row) for row in rows]


def _searched(wanted: Wanted) -> Select[Any]:
    """Both have an index of their own within a campaign."""
    chosen = select(Message.id)
    if wanted.status is not None:
        chosen = chosen.where(Message.status == wanted.status)
    if wanted.code is not None:
        chosen = chosen.where(Message.error_code == wanted.code)
    if wanted.number is not None:
        chosen = chosen.where(Message.number == wanted.number)
    return chosen


def _merged(parts: Sequence[Select[Any]], limit: int) -> Select[tuple[str]]:
    """The first of all: the index is by status and id, so each status is asked for its first."""
    some = union_all(*(select(part.subquery().c.id) for part in parts)).subquery()
    return select(some.c.id).order_by(some.c.id).limit(limit)


def _stored(row: AnyRow) -> StoredMessage:
    values = row._mapping
    return StoredMessage(
        **{
            **values,
            "status": MessageStatus(values["status"]),
            "kind": MessageKind(values["kind"]),
        }
    )
