"""Threads of the inbox: a kept row for each number that texted us, and what was said with it.

A list of threads reads one index, whatever the number of messages; a thread reads two by its
number.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, delete, select, update
from sqlalchemy.orm import Session

from app.domain.message import InboundMessage, MessageKind, MessageStatus
from app.storage.database import AnyRow
from app.storage.ledgers import InboundText, OptOut, ThreadRow
from app.storage.tables import Campaign, Message
from app.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said with one number, by its newest text to us."""

    number: str
    place: str  # an id: threads are in its order
    unread: int
    text: str
    reading: str  # opt_out, opt_in, help, other
    sender: str  # of ours: what the person texted, and what a reply comes from
    received_at: datetime
    opted_out_at: datetime | None
    campaign_id: str | None  # that the text answers
    campaign_name: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a thread, theirs or ours."""

    at: datetime
    is_theirs: bool
    text: str
    sender: str  # the number or name of ours
    message_id: str | None = None  # of ours
    kind: MessageKind | None = None
    status: MessageStatus | None = None
    reason: str | None = None
    reading: str | None = None  # of theirs
    campaign_id: str | None = None  # that it belongs to, or that it answers
    campaign_name: str | None = None


def note(session: Session, message: InboundMessage, place: str) -> None:
    """A text came: its thread is the newest, with one more that nobody has read."""
    values = {"number": message.from_number, "place": place, "last_uuid": message.message_uuid}
    session.execute(
        insert(session, ThreadRow)
        .values(**values, unread=1)
        .on_conflict_do_update(
            index_elements=[ThreadRow.number],
            set_={
                "place": place,
                "last_uuid": message.message_uuid,
                "unread": ThreadRow.unread + 1,
            },
        )
    )


def mark(session: Session, number: str, unread: int) -> bool:
    """Let so many texts of a thread be unread; False where there is no thread."""
    done = session.execute(
        update(ThreadRow)
        .where(ThreadRow.number == number)
        .values(unread=unread)
        .returning(ThreadRow.number)
    )
    return done.first() is not None


def forget(session: Session, number: str) -> None:
    """Take the thread of a number out of the inbox."""
    session.execute(delete(ThreadRow).where(ThreadRow.number == number))


def page(session: Session, before: str | None, limit: int, *, unread: bool) -> list[Thread]:
    """Threads, the newest first: those older than the place `before`; or the unread ones alone."""
    statement = _THREADS.order_by(ThreadRow.place.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ThreadRow.place < before)
    if unread:
        statement = statement.where(ThreadRow.unread > 0)
    return [_read(row) for row in session.execute(statement)]


def find(session: Session, number: str) -> Thread | None:
    """The thread of a number."""
    row = session.execute(_THREADS.where(ThreadRow.number == number)).first()
    return _read(row) if row else None


def _read(row: AnyRow) -> Thread:
    return Thread(*row)


def said(session: Session, number: str, before: datetime | None, limit: int) -> list[Said]:
    """What was said with a number before a time, the newest first."""
    entries = [*_theirs(session, number, before, limit), *_ours(session, number, before, limit)]
    return sorted(entries, key=lambda each: each.at, reverse=True)[:limit]


def _theirs(session: Session, number: str, before: datetime | None, limit: int) -> list[Said]:
    statement = (
        select(InboundText, Campaign.id, Campaign.name)
        .outerjoin(Campaign, Campaign.id == _CAUSE)
        .where(InboundText.from_number == number)
        .order_by(InboundText.received_at.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(InboundText.received_at < before)
    return [
        Said(
            at=text.received_at,
            is_theirs=True,
            text=text.text,
            sender=text.to,
            reading=text.reading,
            campaign_id=campaign_id,
            campaign_name=name,
        )
        for text, campaign_id, name in session.execute(statement)
    ]


def _ours(session: Session, number: str, before: datetime | None, limit: int) -> list[Said]:
    statement = (
        select(
            *(Message.created_at, Message.text, Message.sender, Message.id, Message.kind),
            *(Message.status, Message.reason, Message.campaign_id, Campaign.name),
        )
        .outerjoin(Campaign, Campaign.id == Message.campaign_id)
        .where(Message.number == number)
        .order_by(Message.created_at.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Message.created_at < before)
    return [
        Said(
            at=row.created_at,
            is_theirs=False,
            text=row.text,
            sender=row.sender,
            message_id=row.id,
            kind=MessageKind(row.kind),
            status=MessageStatus(row.status),
            reason=row.reason,
            campaign_id=row.campaign_id,
            campaign_name=row.name,
        )
        for row in session.execute(statement)
    ]


def _cause() -> ScalarSelect[str | None]:
    """The campaign of the last message from that sender before the text; answers do not hide it."""
    is_its: ColumnElement[bool] = (Message.number == InboundText.from_number) & (
        Message.sender == InboundText.to
    )
    return (
        select(Message.campaign_id)
        .where(is_its, Message.campaign_id.is_not(None), Message.sent_at <= InboundText.received_at)
        .order_by(Message.sent_at.desc())
        .limit(1)
        .correlate(InboundText)
        .scalar_subquery()
    )


_CAUSE = _cause()
_THREADS = (
    select(
        *(ThreadRow.number, ThreadRow.place, ThreadRow.unread, InboundText.text),
        *(InboundText.reading, InboundText.to, InboundText.received_at, OptOut.at),
        *(Campaign.id, Campaign.name),
    )
    .join(InboundText, InboundText.message_uuid == ThreadRow.last_uuid)
    .outerjoin(OptOut, OptOut.number == ThreadRow.number)
    .outerjoin(Campaign, Campaign.id == _CAUSE)
)
