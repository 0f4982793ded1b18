"""Contacts as they are looked at: one, or a page of those that are searched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from app.domain.audience import lowered
from app.domain.contact import ATTRIBUTES, Person
from app.storage.columns import Number
from app.storage.contact_tables import Contact, ContactTag, ListMember
from app.storage.contacts import PERSON, add_tags, as_person, tags_of
from app.storage.database import AnyRow
from app.storage.ledgers import OptOut


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact as it stands, and since when nobody may write to it."""

    person: Person
    created_at: datetime
    updated_at: datetime
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class Search:
    """Which contacts: all that is named must fit."""

    text: str | None = None  # part of a name, or of a number
    tag: str | None = None
    list_id: str | None = None  # the service takes a name, too


def find(session: Session, number: str) -> StoredContact | None:
    """The contact with this number."""
    found = _fetched(session, _CONTACTS.where(Contact.number == number))
    return found[0] if found else None


def page(session: Session, search: Search, after: str, limit: int) -> list[StoredContact]:
    """Those that the search finds, by number, behind the number `after`."""
    is_all_read = search.text is not None and search.tag is None and search.list_id is None
    if not is_all_read or session.get_bind().dialect.name != "sqlite":
        number = Contact.number
        return _fetched(session, _found(search).where(number > after).order_by(number).limit(limit))
    return _read_in_two_ways(session, _found(search), after, limit)


def _found(search: Search) -> Select[Any]:
    chosen = _CONTACTS
    if search.text is not None:
        chosen = chosen.where(_holds(search.text))
    if search.tag is not None:
        tagged = select(ContactTag.number).where(ContactTag.tag == search.tag)
        chosen = chosen.where(Contact.number.in_(tagged))
    if search.list_id is not None:
        members = select(ListMember.number).where(ListMember.list_id == search.list_id)
        chosen = chosen.where(Contact.number.in_(members))
    return chosen


def _read_in_two_ways(
    session: Session, found: Select[Any], after: str, limit: int
) -> list[StoredContact]:
    """By their index some thousand contacts; where these are not enough, all as they lie.

    By the index all of them take SQLite five times as long: 147 ms in place of 30 where a name that
    nobody has is looked for among 100,000. Where many have it, a few thousand are enough.
    """
    number = Contact.number
    behind = select(number).where(number > after).order_by(number)
    last = func.coalesce(behind.offset(_NEAR).limit(1).scalar_subquery(), "~")
    near = found.where(number > after, number <= last).order_by(number).limit(limit)
    rows = session.execute(near).all()
    if len(rows) < limit:
        in_row_order = _NUMBER_BY_NO_INDEX
        whole = found.where(in_row_order > after).order_by(in_row_order).limit(limit)
        rows = session.execute(whole).all()
    return _with_tags(session, rows)


_NEAR = 3_000
_NUMBER_BY_NO_INDEX: ColumnElement[str] = literal_column("+contacts.number", Number)


def by_numbers(session: Session, numbers: Sequence[str]) -> list[StoredContact]:
    """Those among the numbers that are contacts, by number."""
    return _fetched(session, _CONTACTS.where(Contact.number.in_(numbers)).order_by(Contact.number))


def replace(session: Session, person: Person, now: datetime) -> None:
    """Keep exactly this of a contact that exists: what is not named is forgotten."""
    words = {name: getattr(person, name) for name in ATTRIBUTES}
    chosen = update(Contact).where(Contact.number == person.number)
    session.execute(chosen.values(**words, fields=dict(person.fields), updated_at=now))
    session.execute(delete(ContactTag).where(ContactTag.number == person.number))
    add_tags(session, {person.number: person.tags})


def remove(session: Session, number: str) -> bool:
    """Forget a contact, with its tags and lists; tells whether there was one."""
    gone = delete(Contact).where(Contact.number == number).returning(Contact.number)
    return session.execute(gone).first() is not None


_CONTACTS = select(*PERSON, Contact.created_at, Contact.updated_at, OptOut.at).outerjoin(
    OptOut, OptOut.number == Contact.number
)


def _holds(text: str) -> Any:
    wanted = lowered(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    name = func.coalesce(Contact.first_name, "") + " " + func.coalesce(Contact.last_name, "")
    return or_(
        func.lower(name).like(f"%{wanted}%", escape="\\"),
        Contact.number.like(f"%{wanted}%", escape="\\"),
    )


def _fetched(session: Session, statement: Select[Any]) -> list[StoredContact]:
    return _with_tags(session, session.execute(statement).all())


def _with_tags(session: Session, rows: Sequence[AnyRow]) -> list[StoredContact]:
    tags = tags_of(session, [row.number for row in rows])
    return [
        StoredContact(as_person(row, tags[row.number]), row.created_at, row.updated_at, row.at)
        for row in rows
    ]
