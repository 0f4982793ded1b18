"""Rows that go to the driver itself are the rows that SQLAlchemy would have written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.message import MessageStatus
from app.storage import bulk, within
from app.storage.database import Database
from app.storage.tables import Message
from tests.support.builders import numbers

NOW = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def message(place: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"0190c3f0-0000-7000-8000-{place:012}",
        "campaign_id": None,
        "kind": "single",
        "number": f"+1415555{place:04}",
        "sender": "Carillon",
        "text": "A tab\t, a \\ and a line\nbreak – €, and \\N",
        "segments": 1,
        "status": MessageStatus.QUEUED,
        "status_at": NOW,
        "reason": None,
        "attempts": 0,
        "due_at": NOW,
        "created_at": NOW,
        "final_at": None,
        **changes,
    }


def test_rows_are_as_sqlalchemy_writes_them(database: Database) -> None:
    rows = [message(place, final_at=NOW if place == 1 else None) for place in range(3)]
    with database.writing() as session:
        bulk.insert(session, Message, iter(rows))
        usual = [message(place + 3, final_at=NOW if place == 1 else None) for place in range(3)]
        session.execute(insert(Message), usual)
        session.flush()

    with database.reading() as session:
        found = session.execute(
            select(*(getattr(Message, name) for name in rows[0])).order_by(Message.id)
        ).all()
    assert [dict(row._mapping) for row in found[:3]] == rows
    assert [dict(row._mapping) for row in found[3:]] == usual


def test_no_rows_are_no_mistake(database: Database) -> None:
    with database.writing() as session:
        bulk.insert(session, Message, iter(()))


def test_an_error_of_the_driver_is_sqlalchemys_and_tells_no_values(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        bulk.insert(session, Message, [message(1), message(1)])
    assert isinstance(caught.value, DBAPIError)
    assert caught.value.params is None

    with database.writing() as session:  # and nothing of it stays, or is in the way
        assert session.scalars(select(Message.id)).all() == []


def test_those_among_very_many_are_found(database: Database) -> None:
    with database.writing() as session:
        bulk.insert(session, Message, (message(place) for place in range(5)))
        asked = ["+14155550001", "+14155550004", "it's no number", *numbers(3_000, first=5)]
        assert sorted(within.chosen(session, Message.number, asked)) == asked[:2]
        assert within.chosen(session, Message.number, []) == []
