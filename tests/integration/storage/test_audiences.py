"""What a rule means is the same in SQL, on both databases, as in the plain words of the domain."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.audience import All, Condition, Known, Not, OnList, Rule, Some, Tagged, matches
from app.domain.contact import ATTRIBUTES, OnExisting, Person
from app.domain.phone import PhoneNumber
from app.storage import audiences, contacts
from app.storage.audiences import Selection
from app.storage.contact_tables import ContactList
from app.storage.database import Database

START = datetime(2026, 1, 1, tzinfo=UTC)
LIST = "01890000-0000-7000-8000-000000000001"
OTHER = "01890000-0000-7000-8000-000000000002"
TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "Ä",
    "ä",
    "%",
    "_b",
    "2026-01-31",
    "2026-02-01T09:00",
    "2026-99-99",
    "x'\"",
]
FIELDS = ["first_name", "postal_code", "city", "joined"]


def _person(n: int) -> Person:
    """Every combination of a few values that has tripped up databases before."""
    first, city = TEXTS[n % len(TEXTS)], TEXTS[n // len(TEXTS) % len(TEXTS)]
    return Person(
        PhoneNumber(f"+1415555{n:04}"),
        first_name=first or None,
        postal_code=city if n % 3 else None,
        tags=frozenset({"vip"}) if n % 2 else frozenset(),
        fields={"city": city, "joined": first} if n % 5 else {},
    )


PEOPLE = [_person(n) for n in range(len(TEXTS) ** 2)]
MEMBERS = {person.number for person in PEOPLE[::4]}


def _created(person: Person) -> datetime:
    return START + timedelta(hours=PEOPLE.index(person) % 3)


def _known(person: Person) -> Known:
    words = {name: getattr(person, name) or "" for name in ATTRIBUTES}
    created = _created(person)
    return Known(
        texts={**person.fields, **words, "number": person.number},
        moments={"created_at": created, "updated_at": created},
        tags=person.tags,
        lists=frozenset({LIST, "Staff"}) if person.number in MEMBERS else frozenset(),
    )


@pytest.fixture
def peopled(database: Database) -> Database:
    with database.writing() as session:
        session.add(ContactList(id=LIST, name="Staff", created_at=START, updated_at=START))
        for person in PEOPLE:
            contacts.upsert(session, [person], OnExisting.SKIP, _created(person))
        session.add(ContactList(id=OTHER, name="Others", created_at=START, updated_at=START))
        contacts.add_to_list(session, LIST, sorted(MEMBERS), START)
        contacts.add_to_list(session, OTHER, [person.number for person in PEOPLE[::6]], START)
    return database


_texts = st.sampled_from([text for text in TEXTS if text])
_leaves = st.one_of(
    st.builds(Tagged, st.sampled_from(["vip", "VIP"])),
    st.builds(OnList, st.sampled_from([LIST, LIST.upper(), "Staff", "nobody's"])),
    st.builds(
        Condition,
        st.sampled_from([*FIELDS, "number"]),
        st.sampled_from(["equals", "contains"]),
        _texts,
    ),
    st.builds(
        Condition, st.sampled_from([*FIELDS, "created_at"]), st.just("exists"), st.booleans()
    ),
    st.builds(
        Condition,
        st.sampled_from(FIELDS),
        st.sampled_from(["before", "after"]),
        st.sampled_from([date(2026, 1, 31), date(2026, 2, 1), date(2027, 1, 1)]),
    ),
    st.builds(
        Condition,
        st.sampled_from(["created_at", "updated_at"]),
        st.sampled_from(["before", "after"]),
        st.sampled_from([START, START + timedelta(hours=1)]),
    ),
)
_rules: st.SearchStrategy[Rule] = st.recursive(
    _leaves,
    lambda rules: st.one_of(
        st.builds(lambda each: All(tuple(each)), st.lists(rules, max_size=3)),
        st.builds(lambda each: Some(tuple(each)), st.lists(rules, max_size=3)),
        st.builds(Not, rules),
    ),
    max_leaves=6,
)


def _matches(rule: Rule, person: Person) -> bool:
    known = _known(person)
    lists = known.lists | {LIST.upper()} if known.lists else known.lists
    return matches(rule, Known(known.texts, known.moments, known.tags, lists))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=_rules)
def test_sql_chooses_whom_the_rule_chooses(peopled: Database, rule: Rule) -> None:
    with peopled.reading() as session:
        chosen = [person.number for person in audiences.people(session, Selection(rule=rule))]
        count = audiences.count(session, Selection(rule=rule))
        beside = audiences.around(session, Selection(rule=rule), "")
        on_lists = [
            audiences.count(session, Selection(lists, rule)) for lists in ((LIST,), (LIST, OTHER))
        ]

    assert chosen == [person.number for person in PEOPLE if _matches(rule, person)]
    assert count == len(chosen)
    assert beside == (None, *[*chosen, None, None][:2])
    either = {person.number for person in PEOPLE[::6]} | MEMBERS
    assert on_lists == [len(MEMBERS & {*chosen}), len(either & {*chosen})]


def test_lists_and_a_rule_narrow_each_other(peopled: Database) -> None:
    selection = Selection(lists=(LIST,), rule=Tagged("vip"))
    with peopled.reading() as session:
        found = audiences.numbers(session, selection, "", 1_000)
        page = audiences.numbers(session, selection, found[2] if len(found) > 2 else "", 2)
        nobody = audiences.count(session, Selection(lists=()))

    assert found == [p.number for p in PEOPLE if p.number in MEMBERS and "vip" in p.tags]
    assert list(page) == found[3:5]
    assert nobody == 0


def test_people_come_with_their_fields(peopled: Database) -> None:
    with peopled.reading() as session:
        (found,) = audiences.people(
            session, Selection(rule=Condition("number", "equals", PEOPLE[7].number))
        )

    assert found.for_texts() == PEOPLE[7].for_texts()
