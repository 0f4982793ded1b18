"""Audiences: saved, counted, looked at; and what a campaign's target comes to."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.audience import Rule, lists_in
from app.domain.audience_rules import read_rule
from app.domain.errors import Conflict, FixInput, Mistake, NotFound
from app.domain.ids import is_id
from app.domain.target import Target
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import audiences, contact_lists, contact_pages
from app.storage.audiences import Selection, StoredAudience
from app.storage.contact_pages import StoredContact
from app.storage.database import Database, Session


class Audiences:
    """Rules that choose contacts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._notes = AuditNotes(clock, "audience")

    def add(self, name: str, rule: Mapping[str, Any], by: str) -> StoredAudience:
        """Save a rule; raises FixInput, or Conflict when there is one of that name."""
        now = self._clock.now()
        audience = StoredAudience(next(self._clock.ids(now)), name, dict(rule), now, now)
        with self._database.writing() as session:
            _check(session, read_rule(rule, "/rule"), "/rule")
            _check_free(session, name)
            audiences.add(session, audience)
            self._notes.add(session, by, "created", audience.id, {"name": name})
        return audience

    def find(self, audience_id: str) -> StoredAudience:
        """The audience; raises NotFound."""
        with self._database.reading() as session:
            return _audience(session, audience_id)

    def page(self, after: str, limit: int) -> list[StoredAudience]:
        """Audiences in the order they were made, those behind the id `after`."""
        with self._database.reading() as session:
            return audiences.page(session, after, limit)

    def change(
        self, audience_id: str, name: str, rule: Mapping[str, Any], by: str
    ) -> StoredAudience:
        """Save another rule; drafts that name it use it. Raises NotFound, Conflict, FixInput."""
        with self._database.writing() as session:
            old = _audience(session, audience_id)
            _check(session, read_rule(rule, "/rule"), "/rule")
            if name != old.name:
                _check_free(session, name)
            audiences.change(session, old.id, name, dict(rule), self._clock.now())
            if (old.name, old.rule) != (name, dict(rule)):
                told = {"name": name, "rule": "as before" if old.rule == rule else "another"}
                self._notes.add(session, by, "changed", old.id, told)
            return _audience(session, audience_id)

    def remove(self, audience_id: str, by: str) -> None:
        """Forget it; raises NotFound."""
        with self._database.writing() as session:
            old = _audience(session, audience_id)
            audiences.remove(session, old.id)
            self._notes.add(session, by, "deleted", old.id, {"name": old.name})

    def count(self, rule: Mapping[str, Any]) -> int:
        """How many contacts the rule chooses; raises FixInput."""
        read = read_rule(rule, "/rule")
        with self._database.reading() as session:
            _check(session, read, "/rule")
            return audiences.count(session, Selection(rule=read))

    def look(self, rule: Mapping[str, Any], limit: int) -> tuple[int, list[StoredContact]]:
        """How many contacts a rule chooses, and the first of them; raises FixInput."""
        read = read_rule(rule, "/rule")
        with self._database.reading() as session:
            _check(session, read, "/rule")
            selection = Selection(rule=read)
            numbers = audiences.numbers(session, selection, "", limit)
            total = audiences.count(session, selection)
            return total, contact_pages.by_numbers(session, numbers)

    def members(self, audience_id: str, after: str, limit: int) -> tuple[int, list[StoredContact]]:
        """How many contacts it chooses now, and a page of them; raises NotFound."""
        with self._database.reading() as session:
            rule = read_rule(_audience(session, audience_id).rule)
            selection = Selection(rule=rule)
            numbers = audiences.numbers(session, selection, after, limit)
            return (
                audiences.count(session, selection),
                contact_pages.by_numbers(session, numbers),
            )


def check_target(session: Session, target: Target) -> None:
    """Raise FixInput when it names what is not there."""
    selection_of(session, target)


def people_of(session: Session, target: Target) -> Iterator[Mapping[str, str]]:
    """The contacts that it means now, as recipients; few in memory at a time.

    Raises FixInput when it names what is not there.
    """
    for person in audiences.people(session, selection_of(session, target)):
        yield {"to": person.number, **person.for_texts()}


def selection_of(session: Session, target: Target) -> Selection:
    """What is to be asked of the database; raises FixInput when a name is unknown."""
    lists: list[str] = []
    mistakes: list[Mistake] = []
    for place, name in enumerate(target.lists):
        found = contact_lists.find(session, name)
        if found is None:
            mistakes.append(Mistake(f"/lists/{place}", "is no list: see GET /api/lists"))
        else:
            lists.append(found.id)
    rule = target.own_rule
    if isinstance(target.audience, str):
        saved = audiences.find(session, target.audience)
        if saved is None:
            mistakes.append(Mistake("/audience", "is no audience: see GET /api/audiences"))
        else:
            rule = read_rule(saved.rule)
    elif rule is not None:
        mistakes += _strangers(session, rule, "/audience")
    if mistakes:
        raise FixInput(mistakes)
    return Selection(tuple(lists) if target.lists else None, rule)


def _check(session: Session, rule: Rule, pointer: str) -> None:
    if mistakes := list(_strangers(session, rule, pointer)):
        raise FixInput(mistakes)


def _strangers(session: Session, rule: Rule, pointer: str) -> Iterator[Mistake]:
    for name in sorted(set(lists_in(rule))):
        if contact_lists.find(session, name) is None:
            yield Mistake(pointer, f"names the list {name!r}, which is not there")


def _audience(session: Session, audience_id: str) -> StoredAudience:
    found = audiences.find(session, audience_id) if is_id(audience_id) else None
    if found is None:
        raise NotFound(f"there is no audience {audience_id}")
    return found


def _check_free(session: Session, name: str) -> None:
    if audiences.find(session, name) is not None:
        raise Conflict("there is an audience of that name already")
