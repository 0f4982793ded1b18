"""Lists of contacts, and who is on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.domain.ids import is_id
from app.storage.contact_tables import ContactList, ListMember


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list as it stands."""

    id: str
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    contact_count: int


_COUNT = (select(func.count()).where(ListMember.list_id == ContactList.id).scalar_subquery()).label(
    "contact_count"
)
_COLUMNS = (
    *(ContactList.id, ContactList.name, ContactList.description),
    *(ContactList.created_at, ContactList.updated_at, _COUNT),
)


def find(session: Session, name: str) -> StoredList | None:
    """The list with this id, or else this name."""
    named = ContactList.name == name
    chosen = or_(named, ContactList.id == name.lower()) if is_id(name) else named
    row = session.execute(select(*_COLUMNS).where(chosen)).first()
    return StoredList(*row) if row else None


def page(session: Session, after: str, limit: int) -> list[StoredList]:
    """Lists in the order they were made, those behind the id `after`."""
    chosen = select(*_COLUMNS).order_by(ContactList.id).limit(limit)
    if after:
        chosen = chosen.where(ContactList.id > after)
    return [StoredList(*row) for row in session.execute(chosen)]


def of_contact(session: Session, number: str) -> list[tuple[str, str]]:
    """The id and name of each list that the contact is on, by name."""
    chosen = select(ContactList.id, ContactList.name).join(
        ListMember, ListMember.list_id == ContactList.id
    )
    rows = session.execute(chosen.where(ListMember.number == number).order_by(ContactList.name))
    return [(row.id, row.name) for row in rows]


def add(session: Session, list_id: str, name: str, description: str | None, now: datetime) -> None:
    """Make an empty list; nobody has its name."""
    row = {"id": list_id, "name": name, "description": description}
    session.execute(insert(ContactList), [{**row, "created_at": now, "updated_at": now}])


def change(session: Session, list_id: str, fields: Mapping[str, Any], now: datetime) -> None:
    """Change its name or description."""
    chosen = update(ContactList).where(ContactList.id == list_id)
    session.execute(chosen.values(**fields, updated_at=now))


def remove(session: Session, list_id: str) -> None:
    """Forget the list; the contacts stay."""
    session.execute(delete(ContactList).where(ContactList.id == list_id))


def remove_members(session: Session, list_id: str, numbers: Sequence[str]) -> int:
    """Take contacts off the list; tells how many were on it."""
    chosen = delete(ListMember).where(ListMember.list_id == list_id, ListMember.number.in_(numbers))
    return len(session.execute(chosen.returning(ListMember.number)).all())
