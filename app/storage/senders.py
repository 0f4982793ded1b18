"""Senders: what texts come from, each with a pace of its own."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.tables import Sender
from app.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class StoredSender:
    """A sender and its own rate in messages a second; None: the default."""

    name: str
    rate: float | None


def add(session: Session, name: str) -> None:
    """Make sure that the sender has a pace to keep."""
    statement = insert(session, Sender).values(name=name, rate=None, next_slot=0.0)
    session.execute(statement.on_conflict_do_nothing())


def set_rate(session: Session, name: str, rate: float | None) -> None:
    """Let a sender send `rate` messages a second from its next claim on; None: the default."""
    statement = insert(session, Sender).values(name=name, rate=rate, next_slot=0.0)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"rate": rate}))


def everyone(session: Session) -> list[StoredSender]:
    """All senders by name."""
    rows = session.execute(select(Sender.name, Sender.rate).order_by(Sender.name))
    return [StoredSender(*row) for row in rows]
