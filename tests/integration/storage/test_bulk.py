"""Rows that go to the driver itself are the rows that SQLAlchemy would have written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.message import MessageKind, MessageStatus
from app.storage import bulk, within
from app.storage.database import Database
from app.storage.tables import Message
from tests.support.builders import numbers
from tests.support.fakes import START

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


def test_what_rows_have_alike_and_what_they_have_not_is_written_alike(database: Database) -> None:
    """In more rows than stand in memory at once, some columns the same in all of them."""
    ends = [NOW, None, NOW + timedelta(seconds=1)]
    rows = [
        message(place, kind=MessageKind.SINGLE, status=(*MessageStatus,)[place % 3])
        | {"due_at": NOW if place < 700 else START, "final_at": ends[place % 3]}
        | {"text": f'{place} "quoted" \\ \\. \\N \r\t\x7f\u2028 – 😀', "segments": place % 5}
        for place in range(1_200)
    ]
    with database.writing() as session:
        bulk.insert_values(session, Message, list(rows[0]), (tuple(r.values()) for r in rows))

    with database.reading() as session:
        columns = [getattr(Message, name) for name in rows[0]]
        found = session.execute(select(*columns).order_by(Message.id)).all()
    assert [dict(row._mapping) for row in found] == rows


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_leaves_its_rows_in_the_log_and_the_next_one_copies_them(
    database: Database,
) -> None:
    path = Path(str(database.engine.url.database))
    size = path.stat().st_size
    with database.writing() as session:
        bulk.insert(session, Message, (message(place) for place in range(9_000)))
    assert path.stat().st_size == size
    assert path.with_name(f"{path.name}-wal").stat().st_size > 4_096 * 1_000

    with database.writing() as session:
        session.execute(insert(Message), [message(9_000)])
    assert path.stat().st_size > size
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 9_001


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_connection_is_as_before_when_rows_were_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        bulk.insert(session, Message, [message(1), message(1)])

    with database.reading() as session:
        for pragma, usual in (("wal_autocheckpoint", 1_000), ("cache_size", -bulk.USUAL_CACHE)):
            assert session.scalar(text(f"PRAGMA {pragma}")) == usual
