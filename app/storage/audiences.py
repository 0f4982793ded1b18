"""Audiences: saved rules, and the contacts that a rule chooses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from app.domain.audience import (
    DAY,
    MOMENTS,
    All,
    Condition,
    Not,
    OnList,
    Rule,
    Some,
    Tagged,
    lowered,
)
from app.domain.contact import ATTRIBUTES, Person
from app.domain.ids import is_id
from app.storage.contact_tables import Contact, ContactList, ContactTag, ListMember, SavedAudience
from app.storage.contacts import PERSON, as_person

_AT_A_TIME = 2_000  # contacts that are fetched at once

NO_TAGS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which contacts: those on one of the lists (None: all), as far as the rule chooses them."""

    lists: tuple[str, ...] | None = None  # ids
    rule: Rule | None = None


def people(session: Session, selection: Selection) -> Iterator[Person]:
    """Everybody whom it chooses, by number, without their tags, few in memory at a time."""
    chosen = select(*PERSON).where(_where(session, selection)).order_by(Contact.number)
    for row in session.execute(chosen.execution_options(yield_per=_AT_A_TIME)):
        yield as_person(row, NO_TAGS)


def numbers(session: Session, selection: Selection, after: str, limit: int) -> Sequence[str]:
    """A page of the numbers that it chooses, those behind the number `after`."""
    chosen = select(Contact.number).where(_where(session, selection), Contact.number > after)
    return session.scalars(chosen.order_by(Contact.number).limit(limit)).all()


def around(
    session: Session, selection: Selection, number: str
) -> tuple[str | None, str | None, str | None]:
    """Of those that it chooses: the one before, the first from `number` on, the one behind that.

    Where nobody stands from `number` on, the last one does. All are None where there is nobody.
    """
    chosen = select(Contact.number).where(_where(session, selection, is_probing=True))
    onward = chosen.where(Contact.number >= number).order_by(Contact.number).limit(2)
    found = session.scalars(onward).all()
    if not number:  # nobody stands before them
        return None, _at(found, 0), _at(found, 1)
    backward = chosen.where(Contact.number < (found[0] if found else number))
    backward = backward.order_by(Contact.number.desc()).limit(1 if found else 2)
    before = session.scalars(backward).all()
    if not found:
        found, before = before[:1], before[1:]
    return _at(before, 0), _at(found, 0), _at(found, 1)


def _at(numbers: Sequence[str], place: int) -> str | None:
    return numbers[place] if place < len(numbers) else None


def count(session: Session, selection: Selection) -> int:
    """How many contacts it chooses."""
    if selection.lists is not None and selection.rule is None:  # whoever is on a list is a contact
        on_them = select(func.count(ListMember.number.distinct()))
        return session.scalar(on_them.where(ListMember.list_id.in_(selection.lists))) or 0
    if selection.lists is None or selection.rule is None:
        chosen = select(func.count()).select_from(Contact).where(_where(session, selection))
        return session.scalar(chosen) or 0
    # From the lists to the contacts: the other way round takes twice as long.
    number = ListMember.number
    counted = func.count(number if len(selection.lists) == 1 else number.distinct())
    members = select(counted).join(Contact, Contact.number == number)
    members = members.where(ListMember.list_id.in_(selection.lists))
    return session.scalar(members.where(_holds(session, selection.rule))) or 0


def _where(
    session: Session, selection: Selection, *, is_probing: bool = False
) -> ColumnElement[bool]:
    """What holds for those who are chosen. To probe is quicker where few of many are looked at."""
    conditions: list[ColumnElement[bool]] = [true()]
    if selection.lists is not None:
        members = select(ListMember.number).where(ListMember.list_id.in_(selection.lists))
        probed = members.where(ListMember.number == Contact.number).correlate(Contact)
        conditions.append(probed.exists() if is_probing else Contact.number.in_(members))
    if selection.rule is not None:
        conditions.append(_holds(session, selection.rule, is_probing=is_probing))
    return and_(*conditions)


def _holds(session: Session, rule: Rule, *, is_probing: bool = False) -> ColumnElement[bool]:
    is_postgres = session.get_bind().dialect.name == "postgresql"
    return _Compiler(is_postgres=is_postgres, is_probing=is_probing).holds(rule)


def _is_named(name: str) -> ColumnElement[bool]:
    named = ContactList.name == name
    return or_(named, ContactList.id == name.lower()) if is_id(name) else named


class _Compiler:
    """Rules as SQL that says on both databases what `domain.audience.matches` says."""

    def __init__(self, *, is_postgres: bool, is_probing: bool = False) -> None:
        self._is_postgres = is_postgres
        self._is_probing = is_probing

    def holds(self, rule: Rule) -> ColumnElement[bool]:
        match rule:
            case All(rules):
                return and_(true(), *map(self.holds, rules))
            case Some(rules):
                return or_(false(), *map(self.holds, rules))
            case Not(negated):
                return not_(self.holds(negated))
            case OnList(name):
                members = select(ListMember.number).join(
                    ContactList, ContactList.id == ListMember.list_id
                )
                return self._among(members.where(_is_named(name)), ListMember.number)
            case Tagged(tag):
                tagged = select(ContactTag.number).where(ContactTag.tag == tag)
                return self._among(tagged, ContactTag.number)
            case Condition():
                return self._compares(rule)

    def _among(self, found: Select[Any], number: Any) -> ColumnElement[bool]:
        if self._is_probing:
            return found.where(number == Contact.number).correlate(Contact).exists()
        return Contact.number.in_(found)

    def _compares(self, condition: Condition) -> ColumnElement[bool]:
        value, is_before = condition.value, condition.comparison == "before"
        if isinstance(value, datetime):
            moment = Contact.created_at if condition.field == "created_at" else Contact.updated_at
            return moment < value if is_before else moment > value
        if condition.field in MOMENTS:  # they always exist
            return true() if value is True else false()
        text = self._text(condition.field)
        if isinstance(value, date):
            return self._dated(text, value, is_before=is_before)
        if isinstance(value, bool):
            return text != "" if value else text == ""
        if condition.comparison == "equals":
            return func.lower(text) == lowered(value)
        place = func.strpos if self._is_postgres else func.instr
        return place(func.lower(text), lowered(value)) > 0

    def _text(self, field: str) -> ColumnElement[str]:
        """The field as text, in an order of characters that is the same everywhere."""
        own = field in (*ATTRIBUTES, "number")
        column = getattr(Contact, field) if own else Contact.fields[field].as_string()
        text: ColumnElement[Any] = func.coalesce(column, "")
        return text.collate("C") if self._is_postgres else text

    def _dated(
        self, text: ColumnElement[str], value: date, *, is_before: bool
    ) -> ColumnElement[bool]:
        """Days of the calendar that are written YYYY-MM-DD sort as text."""
        day = func.substr(text, 1, 10)
        if self._is_postgres:
            is_day = day.op("~")(f"^{DAY.pattern}$")
        else:
            is_day = day.op("GLOB")("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]")
        wanted = value.isoformat()
        return and_(is_day, day < wanted if is_before else day > wanted)


@dataclass(frozen=True, slots=True)
class StoredAudience:
    """A saved audience."""

    id: str
    name: str
    rule: dict[str, Any]
    created_at: datetime
    updated_at: datetime


_COLUMNS = [getattr(SavedAudience, name) for name in StoredAudience.__dataclass_fields__]


def find(session: Session, name: str) -> StoredAudience | None:
    """The saved audience with this id, or else this name."""
    named = SavedAudience.name == name
    chosen = or_(named, SavedAudience.id == name.lower()) if is_id(name) else named
    row = session.execute(select(*_COLUMNS).where(chosen)).first()
    return StoredAudience(*row) if row else None


def page(session: Session, after: str, limit: int) -> list[StoredAudience]:
    """Saved audiences in the order they were made, those behind the id `after`."""
    chosen = select(*_COLUMNS).order_by(SavedAudience.id).limit(limit)
    if after:
        chosen = chosen.where(SavedAudience.id > after)
    return [StoredAudience(*row) for row in session.execute(chosen)]


def add(session: Session, audience: StoredAudience) -> None:
    """Save a new audience; nobody has its name."""
    names = StoredAudience.__dataclass_fields__
    session.execute(insert(SavedAudience), [{name: getattr(audience, name) for name in names}])


def change(session: Session, audience_id: str, name: str, rule: Any, now: datetime) -> None:
    """Save another name and rule under the same id."""
    chosen = update(SavedAudience).where(SavedAudience.id == audience_id)
    session.execute(chosen.values(name=name, rule=rule, updated_at=now))


def remove(session: Session, audience_id: str) -> None:
    """Forget it; campaigns that were planned keep their messages."""
    session.execute(delete(SavedAudience).where(SavedAudience.id == audience_id))
