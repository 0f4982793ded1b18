"""Previews that a launch may name, and the decisions of campaigns that are planned already."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.campaign import PlannedMessage
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.seal import Seal
from app.storage.forecasts import PreviewRow
from app.storage.tables import Message
from app.storage.upsert import insert

VALID_FOR = timedelta(hours=24)
_PART = 1_000  # rows in memory at a time


def keep(session: Session, campaign_id: str, seal: Seal, now: datetime) -> str:
    """Keep what was promised, and forget what is too old; returns the token."""
    session.execute(delete(PreviewRow).where(PreviewRow.created_at <= now - VALID_FOR))
    token = seal.token(campaign_id)
    statement = insert(session, PreviewRow).values(
        token=token, campaign_id=campaign_id, created_at=now, seal=seal.as_json()
    )
    session.execute(
        statement.on_conflict_do_update(index_elements=["token"], set_={"created_at": now})
    )
    return token


def find(session: Session, campaign_id: str, token: str, now: datetime) -> Seal | None:
    """What a preview of this campaign promised; None: there is none, or it is too old."""
    kept = session.scalar(
        select(PreviewRow.seal).where(
            PreviewRow.token == token,
            PreviewRow.campaign_id == campaign_id,
            PreviewRow.created_at > now - VALID_FOR,
        )
    )
    return None if kept is None else Seal.from_json(kept)


_PLANNED = (Message.number, Message.text, Message.segments, Message.status)
_WHEN = (Message.reason, Message.due_at, Message.closes_at, Message.hold_note)


def planned(session: Session, campaign_id: str) -> Iterator[PlannedMessage]:
    """What is queued or skipped of a campaign that has not begun, in the client's order."""
    rows = session.execute(
        select(*_PLANNED, *_WHEN)
        .where(Message.campaign_id == campaign_id)
        .order_by(Message.id)
        .execution_options(yield_per=_PART)
    )
    for row in rows:
        number, status = PhoneNumber(row.number), MessageStatus(row.status)
        when = row.due_at, row.closes_at, row.hold_note
        yield PlannedMessage(number, row.text, row.segments, status, row.reason, *when)
