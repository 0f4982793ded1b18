"""Whether a database is still empty, and rows of made-up data in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session

from app.domain.contact import Person
from app.domain.lots import lots
from app.storage import bulk, contacts
from app.storage.consent_tables import ConsentRow
from app.storage.contact_tables import Contact
from app.storage.ledgers import InboundText, WebhookEvent
from app.storage.tables import AttemptRow, Campaign, Message
from app.storage.text_tables import Link

_REAL: tuple[type[DeclarativeBase], ...] = (
    *(Campaign, Message, Contact, ConsentRow, InboundText, WebhookEvent),
)
_TOGETHER = 5_000  # messages, so that a million never stand in memory


def holds(session: Session) -> str | None:
    """The first table with something that a person would miss; None: there is none."""
    for table in _REAL:
        if session.execute(select(1).select_from(table).limit(1)).first():
            return str(table.__tablename__)
    return None


def add_people(session: Session, people: Iterable[Person], now: datetime) -> None:
    """Contacts that nobody knows yet, with their tags."""
    for batch in lots(people, _TOGETHER):
        _add_people(session, batch, now)


def _add_people(session: Session, people: Sequence[Person], now: datetime) -> None:
    names = ("number", "first_name", "last_name", "language", "time_zone", "postal_code", "fields")
    stamps = {"created_at": now, "updated_at": now}
    rows = [{**{name: getattr(each, name) for name in names}, **stamps} for each in people]
    bulk.insert(session, Contact, rows)
    contacts.add_tags(session, {each.number: each.tags for each in people})


def add_messages(session: Session, told: Iterable[Mapping[str, Mapping[str, Any] | None]]) -> None:
    """Messages, each with its attempt, its receipt and its link as far as it has them."""
    for batch in lots(told, _TOGETHER):
        _add_messages(session, batch)


_KINDS: dict[str, type[DeclarativeBase]] = {
    "message": Message,
    "attempt": AttemptRow,
    "receipt": WebhookEvent,
    "link": Link,
}


def _add_messages(
    session: Session, batch: Sequence[Mapping[str, Mapping[str, Any] | None]]
) -> None:
    for kind, table in _KINDS.items():
        bulk.insert(session, table, (row for told in batch if (row := told[kind])))


def add_inbound(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Texts that people sent to us."""
    bulk.insert(session, InboundText, rows)
