"""Contacts: the people we know, by number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, cast, func, select
from sqlalchemy.orm import Session

from app.domain.contact import ATTRIBUTES, OnExisting, Person, why_wrong
from app.domain.lots import in_order, lots
from app.domain.phone import PhoneNumber
from app.storage.contact_tables import Contact, ContactTag, ListMember
from app.storage.upsert import insert

_CHUNK = 5_000

PERSON = tuple(getattr(Contact, name) for name in ("number", *ATTRIBUTES, "fields"))
"""The columns that make a Person, beside its tags."""


def remember(session: Session, people: Mapping[str, Mapping[str, str]], now: datetime) -> None:
    """Keep what a client told us of people; what it did not name stays."""
    # Sorted: two campaigns that name the same people never wait for one another in a circle.
    for numbers in lots(in_order(people), _CHUNK):
        rows = [_as_row(_told(number, people[number]), now) for number in numbers]
        session.execute(_keeping(session), rows)


def _told(number: str, fields: Mapping[str, str]) -> Person:
    """What can stand in a place of its own does; the rest are free fields."""
    words: dict[str, Any] = {
        name: text
        for name in ATTRIBUTES
        if (text := fields.get(name)) and why_wrong(name, text) is None
    }
    free = {name: text for name, text in fields.items() if name not in words}
    return Person(PhoneNumber(number), **words, fields=free)


def upsert(
    session: Session, people: Sequence[Person], on_existing: OnExisting, now: datetime
) -> set[str]:
    """Keep these people, each number once; returns the numbers that were known before.

    UPDATE: what is named replaces what was known, tags and fields are added. SKIP and REFUSE
    leave the known as they are; what that means is the caller's to say.
    """
    before: set[str] = set()
    for chunk in _chunks(sorted(people, key=lambda person: person.number)):
        known = _existing(session, [person.number for person in chunk])
        before |= known
        touched = [p for p in chunk if on_existing is OnExisting.UPDATE or p.number not in known]
        if touched:
            session.execute(_keeping(session), [_as_row(person, now) for person in touched])
            add_tags(session, {person.number: person.tags for person in touched})
    return before


def add_tags(session: Session, tags: Mapping[str, frozenset[str]]) -> None:
    """Put tags on contacts, by number, beside those that they have."""
    rows = [{"number": number, "tag": tag} for number, found in tags.items() for tag in found]
    if rows:
        session.execute(insert(session, ContactTag).on_conflict_do_nothing(), rows)


def add_to_list(session: Session, list_id: str, numbers: Sequence[str], now: datetime) -> None:
    """Put contacts on a list; who is on it stays. The contacts and the list exist."""
    rows = [{"list_id": list_id, "number": number, "added_at": now} for number in numbers]
    for chunk in _chunks(rows):
        session.execute(insert(session, ListMember).on_conflict_do_nothing(), chunk)


def known(session: Session, numbers: Sequence[str]) -> dict[str, Person]:
    """Those among the numbers that are contacts."""
    found: dict[str, Person] = {}
    for chunk in _chunks(numbers):
        rows = session.execute(select(*PERSON).where(Contact.number.in_(chunk))).all()
        tags = tags_of(session, [row.number for row in rows])
        found |= {row.number: as_person(row, tags[row.number]) for row in rows}
    return found


def tags_of(session: Session, numbers: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The tags of each number; empty where there are none."""
    tags: dict[str, set[str]] = defaultdict(set)
    chosen = select(ContactTag.number, ContactTag.tag).where(ContactTag.number.in_(numbers))
    for number, tag in session.execute(chosen):
        tags[number].add(tag)
    return defaultdict(frozenset, {number: frozenset(found) for number, found in tags.items()})


def as_person(row: Any, tags: frozenset[str]) -> Person:
    """A row with the columns PERSON as a value."""
    words = {name: getattr(row, name) for name in ATTRIBUTES}
    return Person(PhoneNumber(row.number), **words, tags=tags, fields=row.fields)


def _existing(session: Session, numbers: Sequence[str]) -> set[str]:
    return set(session.scalars(select(Contact.number).where(Contact.number.in_(numbers))))


def _keeping(session: Session) -> Any:
    """An insert that changes what it finds, and keeps what it is not told about."""
    statement = insert(session, Contact)
    told = statement.excluded
    newest: dict[str, Any] = {
        name: func.coalesce(getattr(told, name), getattr(Contact, name)) for name in ATTRIBUTES
    }
    if session.get_bind().dialect.name == "postgresql":
        newest["fields"] = _merged_on_postgresql(Contact.fields, told.fields)
    else:
        newest["fields"] = func.json_patch(Contact.fields, told.fields)
    newest["updated_at"] = told.updated_at
    return statement.on_conflict_do_update(index_elements=["number"], set_=newest)


def _merged_on_postgresql(kept: Any, told: Any) -> Any:
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 (only there, as in `upsert`)

    return cast(cast(kept, JSONB).op("||")(cast(told, JSONB)), JSON)


def _as_row(person: Person, now: datetime) -> dict[str, Any]:
    words = {name: getattr(person, name) for name in ATTRIBUTES}
    stamps = {"created_at": now, "updated_at": now}
    return {"number": person.number, **words, "fields": dict(person.fields), **stamps}


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
