"""Texts that people sent to us."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.message import InboundMessage
from app.storage.ledgers import InboundText
from app.storage.upsert import insert


def keep(session: Session, message: InboundMessage, reading: str, now: datetime) -> bool:
    """Keep a text; False when Vonage sent it before, and nothing more is to be done."""
    statement = (
        insert(session, InboundText)
        .values(
            message_uuid=message.message_uuid,
            from_number=message.from_number,
            to=message.to,
            text=message.text,
            reading=reading,
            sent_at=message.at,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(InboundText.message_uuid)
    )
    return session.execute(statement).first() is not None
