"""Contacts are kept once per number, and what is known of them is not lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.contact import OnExisting, Person
from app.domain.phone import PhoneNumber
from app.storage import contact_pages, contacts
from app.storage.contact_pages import Search
from app.storage.database import Database

ANN = PhoneNumber("+14155550101")
BOB = PhoneNumber("+14155550102")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _keep(database: Database, *people: Person, on_existing: OnExisting) -> set[str]:
    with database.writing() as session:
        return contacts.upsert(session, people, on_existing, NOW)


def _known(database: Database) -> dict[str, Person]:
    with database.reading() as session:
        return contacts.known(session, [ANN, BOB])


def test_an_update_replaces_what_it_names_and_keeps_the_rest(database: Database) -> None:
    first = Person(
        ANN, "Ann", "Lee", postal_code="1", tags=frozenset({"a"}), fields={"x": "1", "y": "1"}
    )
    assert _keep(database, first, on_existing=OnExisting.UPDATE) == set()

    told = Person(ANN, "Anna", language="en", tags=frozenset({"b"}), fields={"y": "2", "z": ""})
    assert _keep(database, told, Person(BOB), on_existing=OnExisting.UPDATE) == {ANN}

    assert _known(database) == {
        ANN: Person(
            *(ANN, "Anna", "Lee", "en"),
            postal_code="1",
            tags=frozenset({"a", "b"}),
            fields={"x": "1", "y": "2", "z": ""},
        ),
        BOB: Person(BOB),
    }


@pytest.mark.parametrize("on_existing", [OnExisting.SKIP, OnExisting.REFUSE])
def test_who_is_known_is_left_alone_when_that_is_wanted(
    database: Database, on_existing: OnExisting
) -> None:
    ann = Person(ANN, "Ann", tags=frozenset({"a"}))
    _keep(database, ann, on_existing=on_existing)

    told = Person(ANN, "Other", tags=frozenset({"b"}))
    assert _keep(database, told, Person(BOB, "Bob"), on_existing=on_existing) == {ANN}
    assert _known(database) == {ANN: ann, BOB: Person(BOB, "Bob")}


def test_more_people_than_fit_into_one_query(database: Database) -> None:
    people = [Person(PhoneNumber(f"+1415{n:07}")) for n in range(5_001)]
    assert _keep(database, *people, on_existing=OnExisting.UPDATE) == set()

    numbers = [person.number for person in people]
    with database.reading() as session:
        assert contacts.known(session, numbers).keys() == set(numbers)


def test_what_a_campaign_tells_later_is_remembered(database: Database) -> None:
    _keep(database, Person(ANN, "Ann", fields={"x": "1"}), on_existing=OnExisting.UPDATE)
    with database.writing() as session:
        told = {"y": "2", "first_name": "Anna", "language": "?"}
        contacts.remember(session, {ANN: told}, NOW + timedelta(hours=1))

    kept = {"x": "1", "y": "2", "language": "?"}
    assert _known(database)[ANN] == Person(ANN, "Anna", fields=kept)


def test_a_name_that_few_have_is_looked_for_in_the_order_in_which_contacts_lie(
    database: Database,
) -> None:
    _keep(database, Person(BOB, "Bob"), Person(ANN, "Ann"), on_existing=OnExisting.UPDATE)
    heard: list[tuple[str, Any]] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda *told: heard.append((told[2], told[3]))
    )
    with database.reading() as session:
        few = contact_pages.page(session, Search(text="b"), "", 10)
        behind = contact_pages.page(session, Search(text="+1415"), ANN, 10)
        one = contact_pages.page(session, Search(text="+1415"), "", 1)
        statement, told = [each for each in heard if "LIKE" in each[0]][1]
        if session.get_bind().dialect.name == "sqlite":
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", told)
            assert [row.detail for row in rows if "contacts" in row.detail] == ["SCAN contacts"]

    assert [each.person.number for each in few] == [BOB]
    assert [each.person.number for each in behind] == [BOB]
    assert [each.person.number for each in one] == [ANN]
