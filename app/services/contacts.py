"""Contacts and lists: kept, searched, changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.domain.contact import ATTRIBUTES, OnExisting, Person, read_person
from app.domain.errors import Conflict, FixInput, Mistake, NotFound
from app.domain.ids import is_id
from app.domain.phone import PhoneNumber, masked
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import contact_lists, contact_pages, contacts
from app.storage.contact_lists import StoredList
from app.storage.contact_pages import Search, StoredContact
from app.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of contacts that were told to us."""

    added: int
    updated: int
    skipped: int


class Contacts:
    """The people we know. Nothing here touches an opt-out.

    The audit trail names them by the end of their number alone: it outlives who is erased.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._notes = AuditNotes(clock, "contact")

    def keep(self, told: Sequence[Mapping[str, object]], on_existing: OnExisting, by: str) -> Kept:
        """Keep these; raises FixInput, with nothing kept, when one of them is wrong."""
        people = _read(told)
        with self._database.writing() as session:
            if on_existing is OnExisting.REFUSE:
                _refuse_known(session, people)
            before = contacts.upsert(session, people, on_existing, self._clock.now())
            is_update = on_existing is OnExisting.UPDATE
            old = len(before)
            kept = Kept(len(people) - old, old if is_update else 0, 0 if is_update else old)
            if kept.added or kept.updated:
                self._notes.add(session, by, "kept", _named(people), asdict(kept))
        return kept

    def find(self, number: PhoneNumber) -> StoredContact:
        """The contact; raises NotFound."""
        with self._database.reading() as session:
            return _found(session, number)

    def page(self, search: Search, after: str, limit: int) -> list[StoredContact]:
        """Contacts by number, those behind `after`; on a list that is not there is nobody."""
        with self._database.reading() as session:
            if search.list_id is not None:
                on = contact_lists.find(session, search.list_id)
                if on is None:
                    return []
                search = replace(search, list_id=on.id)
            return contact_pages.page(session, search, after, limit)

    def change(self, number: PhoneNumber, changes: Mapping[str, object], by: str) -> StoredContact:
        """What is named replaces what was known, null forgets it; raises NotFound and FixInput."""
        if "number" in changes:
            raise FixInput([Mistake("/number", "cannot be changed: it is another contact then")])
        with self._database.writing() as session:
            old = _found(session, number).person
            new = _changed(old, changes)
            contact_pages.replace(session, new, self._clock.now())
            if other := _differences(old, new):
                self._notes.add(session, by, "changed", masked(number), {"changed": other})
            return _found(session, number)

    def forget(self, number: PhoneNumber, by: str) -> None:
        """Remove the contact from all lists; raises NotFound."""
        with self._database.writing() as session:
            if not contact_pages.remove(session, number):
                raise _unknown(number)
            self._notes.add(session, by, "deleted", masked(number))


def _named(people: Sequence[Person]) -> str:
    return masked(people[0].number) if len(people) == 1 else f"{len(people)} of them"


def _differences(old: Person, new: Person) -> list[str]:
    """The names of what is another now, and never what it says."""
    named = ("tags", "fields", *ATTRIBUTES)
    return [name for name in named if getattr(old, name) != getattr(new, name)]


def _read(told: Sequence[Mapping[str, object]]) -> list[Person]:
    people: dict[PhoneNumber, Person] = {}
    mistakes: list[Mistake] = []
    for place, each in enumerate(told):
        try:
            person = read_person(each)
        except FixInput as error:
            mistakes += [Mistake(f"/contacts/{place}{m.pointer}", m.detail) for m in error.mistakes]
        else:
            if person.number in people:
                twice = "is the number of an earlier entry: give each number once"
                mistakes.append(Mistake(f"/contacts/{place}/number", twice))
            people[person.number] = person
    if mistakes:
        raise FixInput(mistakes)
    return list(people.values())


def _changed(old: Person, changes: Mapping[str, object]) -> Person:
    """The contact with what was named in place of what was known; raises FixInput.

    Fields that stay are not judged: campaigns may have told us some that no client could.
    """
    kept = {"tags": sorted(old.tags), **{name: getattr(old, name) for name in ATTRIBUTES}}
    new = read_person({**kept, **changes, "number": old.number})
    if "fields" not in changes:
        return replace(new, fields=old.fields)
    told = changes["fields"]
    if not isinstance(told, Mapping):  # null: all are forgotten
        return new
    stay = {name: text for name, text in old.fields.items() if name not in told}
    named = {name: text for name, text in new.fields.items() if told[name] is not None}
    return replace(new, fields=stay | named)


def _refuse_known(session: Session, people: Sequence[Person]) -> None:
    known = contacts.known(session, [person.number for person in people])
    mistakes = [
        Mistake(f"/contacts/{place}/number", "is known already")
        for place, person in enumerate(people)
        if person.number in known
    ]
    if mistakes:
        raise FixInput(mistakes)


def _found(session: Session, number: PhoneNumber) -> StoredContact:
    contact = contact_pages.find(session, number)
    if contact is None:
        raise _unknown(number)
    return contact


def _unknown(number: str) -> NotFound:
    return NotFound(f"there is no contact {number}")


class ContactLists:
    """Lists of contacts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._notes = AuditNotes(clock, "list")

    def add(self, name: str, description: str | None, by: str) -> StoredList:
        """Make a list; raises Conflict when there is one of that name."""
        now = self._clock.now()
        list_id = next(self._clock.ids(now))
        with self._database.writing() as session:
            _check_free(session, name)
            contact_lists.add(session, list_id, name, description, now)
            self._notes.add(session, by, "created", list_id, {"name": name})
            return _list(session, list_id)

    def find(self, list_id: str) -> StoredList:
        """The list; raises NotFound."""
        with self._database.reading() as session:
            return _list(session, list_id)

    def page(self, after: str, limit: int) -> list[StoredList]:
        """Lists in the order they were made, those behind the id `after`."""
        with self._database.reading() as session:
            return contact_lists.page(session, after, limit)

    def of(self, number: PhoneNumber) -> list[tuple[str, str]]:
        """The id and name of each list that the contact is on, by name."""
        with self._database.reading() as session:
            return contact_lists.of_contact(session, number)

    def change(self, list_id: str, fields: Mapping[str, Any], by: str) -> StoredList:
        """Change its name or description; raises NotFound and Conflict."""
        with self._database.writing() as session:
            old = _list(session, list_id)
            if "name" in fields and fields["name"] != old.name:
                _check_free(session, fields["name"])
            contact_lists.change(session, old.id, fields, self._clock.now())
            if other := {name: to for name, to in fields.items() if getattr(old, name) != to}:
                self._notes.add(session, by, "changed", old.id, other)
            return _list(session, list_id)

    def remove(self, list_id: str, by: str) -> None:
        """Forget the list, not its contacts; raises NotFound."""
        with self._database.writing() as session:
            old = _list(session, list_id)
            contact_lists.remove(session, old.id)
            told = {"name": old.name, "contacts": old.contact_count}
            self._notes.add(session, by, "deleted", old.id, told)

    def put_on(self, list_id: str, numbers: Sequence[PhoneNumber], by: str) -> StoredList:
        """Put contacts on it; raises NotFound, and FixInput naming who is no contact."""
        with self._database.writing() as session:
            found = _list(session, list_id)
            known = contacts.known(session, numbers)
            strangers = [
                Mistake(f"/numbers/{place}", "is no contact yet: POST /api/contacts")
                for place, number in enumerate(numbers)
                if number not in known
            ]
            if strangers:
                raise FixInput(strangers)
            contacts.add_to_list(session, found.id, sorted(set(numbers)), self._clock.now())
            now = _list(session, list_id)
            if more := now.contact_count - found.contact_count:
                self._notes.add(session, by, "contacts added", found.id, {"contacts": more})
            return now

    def take_off(self, list_id: str, numbers: Sequence[PhoneNumber], by: str) -> StoredList:
        """Take contacts off it; raises NotFound."""
        with self._database.writing() as session:
            found = _list(session, list_id)
            if fewer := contact_lists.remove_members(session, found.id, numbers):
                self._notes.add(session, by, "contacts removed", found.id, {"contacts": fewer})
            return _list(session, list_id)


def _list(session: Session, list_id: str) -> StoredList:
    found = contact_lists.find(session, list_id) if is_id(list_id) else None
    if found is None:
        raise NotFound(f"there is no list {list_id}")
    return found


def _check_free(session: Session, name: str) -> None:
    if contact_lists.find(session, name) is not None:
        raise Conflict("there is a list of that name already")
