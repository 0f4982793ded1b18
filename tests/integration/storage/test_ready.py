"""Statements that the driver runs find and write what SQLAlchemy would, and fail as ever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.message import MessageStatus
from app.storage import bulk, counts, messages, rowsets, spend
from app.storage.database import Database
from app.storage.ledgers import WebhookEvent
from app.storage.messages import Heard
from app.storage.ready import Ready, is_among
from app.storage.tables import Message, MessageCount
from tests.integration.storage.test_bulk import NOW, message
from tests.support.builders import order
from tests.support.desk import Desk

COLUMNS = (Message.id, Message.campaign_id, Message.status_at, Message.final_at, Message.price)
FOUND = select(*COLUMNS).where(is_among(Message.id, "ids")).order_by(Message.id)


def fill(database: Database, count: int = 3) -> list[str]:
    rows = [message(place, price=Decimal("0.0333")) for place in range(count)]
    with database.writing() as session:
        bulk.insert(session, Message, rows)
    return [row["id"] for row in rows]


def test_rows_are_as_sqlalchemy_reads_them(database: Database) -> None:
    ids = fill(database)
    with database.reading() as session:
        usual = session.execute(FOUND, {"ids": ids[1:]}).all()
        ready = Ready(FOUND).rows(session, ids=ids[1:])
        none = Ready(FOUND).rows(session, ids=[])

    assert [row._asdict() for row in ready] == [dict(row._mapping) for row in usual]
    assert [row.id for row in ready] == ids[1:]
    assert none == []


def test_errors_are_sqlalchemys(database: Database) -> None:
    statement = Ready(insert(Message), [*message(0)])
    with pytest.raises(IntegrityError), database.writing() as session:
        statement.run(session, [message(0), message(0)])
    with pytest.raises(DBAPIError), database.writing() as session:
        Ready(insert(Message), ["id"]).run(session, [{"id": message(0)["id"]}])

    with database.reading() as session:
        assert session.execute(select(Message.id)).all() == []


def test_who_listens_to_statements_hears_them(database: Database) -> None:
    heard: list[Any] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: heard.append(told))
    with database.writing() as session:
        Ready(FOUND).rows(session, ids=[])
        spend.add(session, [spend.Price(None, NOW.date(), "US", "EUR", Decimal("0.1"), 1, 1)])

    told = [(each[2].split()[0], each[5]) for each in heard]
    assert [each for each in told if each[0] in {"SELECT", "INSERT"}] == [
        ("SELECT", False),
        ("INSERT", True),
    ]


def test_who_listens_may_keep_something_until_a_statement_is_over(database: Database) -> None:
    """As those do who measure how long it takes."""
    over: list[str] = []

    def begun(*told: Any) -> None:
        told[4].begun = told[2]

    event.listen(database.engine, "before_cursor_execute", begun)
    event.listen(database.engine, "after_cursor_execute", lambda *told: over.append(told[4].begun))
    with database.reading() as session:
        Ready(FOUND).rows(session, ids=[])

    assert len([text for text in over if text.startswith("SELECT")]) == 1


def test_what_is_there_is_added_to(database: Database) -> None:
    campaign = Desk(database).campaigns.launch(order(2)).state.campaign.id
    for _ in range(2):
        changes = counts.CountChanges()
        changes.add(campaign, "delivered", 3)
        changes.add(campaign, "queued", -1)
        with database.writing() as session:
            changes.apply(session)

    with database.reading() as session:
        rows = session.execute(
            select(MessageCount.status, MessageCount.count.label("count_"))
        ).all()
    assert {row.status: row.count_ for row in rows} == {"queued": 0, "delivered": 6}


def test_only_new_rows_are_inserted(database: Database) -> None:
    names = ("id", "kind", "event_key", "received_at", "body", "matched", "receipt")

    def row(place: int, key: str) -> tuple[Any, ...]:
        receipt = {"a": "\u20ac"} if place % 2 else None
        return message(place)["id"], "status", key, NOW, "{}", bool(place % 2), receipt

    with database.writing() as session:
        first = rowsets.insert_new(session, WebhookEvent, names, [row(1, "a"), row(2, "b")])
        rest = [row(3, "c"), row(4, "b"), row(5, "c")]
        second = rowsets.insert_new(session, WebhookEvent, names, rest)
        assert rowsets.insert_new(session, WebhookEvent, names, [row(6, "a")]) == []

    assert first == [message(1)["id"], message(2)["id"]]
    assert second == [message(3)["id"]]
    with database.reading() as session:
        kept = session.execute(select(WebhookEvent).order_by(WebhookEvent.id)).scalars().all()
        assert [(each.event_key, each.matched, each.receipt) for each in kept] == [
            ("a", True, {"a": "\u20ac"}),
            ("b", False, None),
            ("c", True, {"a": "\u20ac"}),
        ]


def test_a_text_that_is_too_long_is_not_cut_off(postgres_database: Database) -> None:
    row = (message(1)["id"], "a kind that is longer than it may be", "a", NOW, "{}", True)
    names = ("id", "kind", "event_key", "received_at", "body", "matched")
    with pytest.raises(DBAPIError), postgres_database.writing() as session:
        rowsets.insert_new(session, WebhookEvent, names, [row])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_usual_receipt_rewrites_no_index_in_vain(database: Database) -> None:
    """SQLite does so for each column that is named, whether it changes or not."""
    (known,) = fill(database, 1)
    texts: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: texts.append(told[2]))
    at = datetime(2026, 3, 2, 12, 1, tzinfo=UTC)
    for news in (
        Heard(known, MessageStatus.ACCEPTED, at, message_uuid="theirs"),
        Heard(known, MessageStatus.DELIVERED, at + timedelta(minutes=1), message_uuid="theirs"),
    ):
        with database.writing() as session:
            messages.advance(session, [news])

    first, second = (text for text in texts if text.startswith("UPDATE messages"))
    assert "message_uuid=" in first
    assert "message_uuid=" not in second
    assert "status=" in second


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_ids_are_an_array_before_postgresql_plans(database: Database) -> None:
    """A text that is cast would be no constant: each row would be held against each id."""
    finding = select(Message.id).where(is_among(Message.id, "ids"))
    with database.reading() as session, bulk.driver_cursor(session.connection()) as cursor:
        compiled = Ready(finding)._for(session.connection().dialect)
        values = compiled.values({"ids": [f"0190c3f0-0000-7000-8000-{n:012}" for n in range(2)]})
        cursor.execute(f"EXPLAIN {compiled.text}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "'{0190c3f0-0000-7000-8000-000000000000,0190c3f0-" in plan
