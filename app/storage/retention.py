"""Takes away texts that are older than an operator wants to keep, some at a time.

Rows, numbers and outcomes stay; so does the wording in the consent ledger, which is the proof.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.message import OPEN, MessageStatus
from app.storage.ledgers import InboundText, WebhookEvent
from app.storage.tables import Message

# Not every message that was taken is heard of again; a doubt may still have to be sent.
_DONE_WITH = Message.status.not_in(sorted({*OPEN, MessageStatus.IN_DOUBT}))


def old_texts(session: Session, before: datetime, after: str | None, limit: int) -> list[str]:
    """Messages that are done with since before then, and still have a text, by id."""
    statement = (
        select(Message.id)
        .where(_DONE_WITH, Message.status_at < before, Message.text != "")
        .order_by(Message.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Message.id > after)
    return list(session.scalars(statement))


def forget_texts(session: Session, ids: list[str]) -> None:
    """Take away the texts of these messages, and what was reported of them word for word."""
    still = Message.id.in_(ids) & _DONE_WITH  # not queued again meanwhile
    session.execute(update(Message).where(still).values(text=""))
    session.execute(update(WebhookEvent).where(WebhookEvent.message_id.in_(ids)).values(body=""))


def old_inbound(session: Session, before: datetime, after: str | None, limit: int) -> list[str]:
    """Texts to us that came before then and still have their words, by Vonage's id."""
    statement = (
        select(InboundText.message_uuid)
        .where(InboundText.received_at < before, InboundText.text != "")
        .order_by(InboundText.message_uuid)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(InboundText.message_uuid > after)
    return list(session.scalars(statement))


def forget_inbound(session: Session, uuids: list[str]) -> None:
    """Take away the words of these texts."""
    session.execute(update(InboundText).where(InboundText.message_uuid.in_(uuids)).values(text=""))


def old_calls(session: Session, before: datetime, after: str | None, limit: int) -> list[str]:
    """Webhooks that brought such texts, or that nobody could read, by id."""
    statement = (
        select(WebhookEvent.id)
        .where(WebhookEvent.received_at < before, WebhookEvent.body != "")
        .where(WebhookEvent.kind.in_(("inbound", "unread")))
        .order_by(WebhookEvent.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(WebhookEvent.id > after)
    return list(session.scalars(statement))


def forget_calls(session: Session, ids: list[str]) -> None:
    """Take away what these calls said."""
    session.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(body=""))
