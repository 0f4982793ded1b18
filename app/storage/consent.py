"""The consent ledger, and who may not be written to because of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.storage import within
from app.storage.ledgers import ConsentEvent, OptOut
from app.storage.upsert import insert as upsert

_CHUNK = 50_000  # numbers a query, so that a million never travel at once


@dataclass(frozen=True, slots=True)
class NewConsentEvent:
    """Something that happened to our right to write to a number."""

    id: str
    number: str
    event: str
    method: str
    wording: str
    at: datetime
    inbound_uuid: str | None


def add_event(session: Session, event: NewConsentEvent) -> None:
    """Add to the ledger. Nothing there is ever changed."""
    names = NewConsentEvent.__dataclass_fields__
    session.execute(insert(ConsentEvent), [{name: getattr(event, name) for name in names}])


def opt_out(session: Session, event: NewConsentEvent) -> bool:
    """From here on nobody may write to the number; tells whether that is new."""
    statement = (
        upsert(session, OptOut)
        .values(number=event.number, at=event.at, event_id=event.id)
        .on_conflict_do_nothing()
        .returning(OptOut.number)
    )
    return session.execute(statement).first() is not None


def opt_in(session: Session, number: str) -> bool:
    """The number may be written to again; tells whether that is new."""
    statement = delete(OptOut).where(OptOut.number == number).returning(OptOut.number)
    return session.execute(statement).first() is not None


def opted_out(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those among the numbers that nobody may write to."""
    found: set[str] = set()
    for start in range(0, len(numbers), _CHUNK):
        found.update(within.chosen(session, OptOut.number, numbers[start : start + _CHUNK]))
    return found
