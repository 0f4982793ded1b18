"""An installation moves to PostgreSQL: every row of every table, and nothing else than that."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, select, text
from sqlalchemy import Table as Described

from app.cli_copy import copy as command
from app.domain.errors import Conflict
from app.services.consent_proof import ConsentProof
from app.storage import copying
from app.storage.columns import Money, Table, UtcDateTime
from app.storage.database import Database, connect
from app.storage.ledgers import CampaignEvent
from tests.support.builders import inbound
from tests.support.desk import Desk

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def old(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A SQLite database with something in every table."""
    shutil.copy(sqlite_template, tmp_path / "old.db")
    database = connect(f"sqlite:///{tmp_path / 'old.db'}")
    Desk(database).inbound.receive("{}", inbound("STOP"))  # a chain that can be proved
    fill(database)
    yield database
    database.close()


@pytest.fixture
def new(emptied_postgres: Database) -> Database:
    return emptied_postgres


def fill(database: Database) -> None:
    """A row in each table that has none, with a value in every column."""
    with database.writing() as session:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in Table.metadata.sorted_tables:
            if session.execute(select(table).limit(1)).first() is None:
                session.execute(table.insert(), row_of(table, session))


def row_of(table: Described, session: Any) -> dict[str, Any]:
    row = {column.name: something(column.type) for column in table.columns}
    for key in table.foreign_keys:
        row[key.parent.name] = session.scalar(select(key.column).limit(1))
    return row


def something(kind: Any) -> Any:
    """A value that shows when it is written wrongly."""
    for kinds, value in (
        (UtcDateTime, NOW + timedelta(microseconds=123_456) - timedelta(days=1)),
        (Money, Decimal("0.006543")),
        (JSON, {"ä": [1, None, True], "b": {"c": "é"}}),
        (Boolean, True),
        (Date, date(2026, 2, 28)),
        (DateTime, NOW),
        (Float, 0.1 + 0.2),
        (Integer, 7),
    ):
        if isinstance(kind, kinds):
            return value
    if getattr(kind, "as_uuid", None) is False:
        return "01a20284-46ec-7085-90b1-3294384bf7a9"
    return "äß漢🙂 x"[: kind.length or 8]


def test_every_table_is_copied_and_reads_the_same(old: Database, new: Database) -> None:
    told: list[copying.Copied] = []

    done = copying.copy(old, new, NOW, told.append)

    assert told == done
    assert {each.table for each in done} == set(Table.metadata.tables)
    assert [each.table for each in done if each.rows == 0] == []
    with old.reading() as before, new.reading() as after:
        for table in Table.metadata.sorted_tables:
            rows = [sorted(map(repr, each.execute(select(table)))) for each in (before, after)]
            assert rows[0] == rows[1], table.name
    assert ConsentProof(new).verify().flaw == ConsentProof(old).verify().flaw


def test_numbers_that_the_database_gives_go_on_behind_those_copied(
    old: Database, new: Database
) -> None:
    copying.copy(old, new, NOW, lambda _: None)

    with new.writing() as session:
        known = session.scalars(select(CampaignEvent)).one()
        more = {"at": NOW, "event": "x", "source": "us", "by": "test"}
        session.add(CampaignEvent(campaign_id=known.campaign_id, reason=None, **more))
        session.flush()
        assert len(session.scalars(select(CampaignEvent.id)).all()) == 2


def test_it_refuses_while_something_dispatches(old: Database, new: Database) -> None:
    with pytest.raises(Conflict, match="something dispatches"):
        copying.copy(old, new, NOW - timedelta(days=1, seconds=-20), lambda _: None)


def test_it_refuses_a_target_that_is_not_empty(old: Database, new: Database) -> None:
    copying.copy(old, new, NOW, lambda _: None)

    with pytest.raises(Conflict, match="the target is not empty: it has rows in"):
        copying.copy(old, new, NOW, lambda _: None)


def test_what_arrives_changed_does_not_arrive_at_all(old: Database, new: Database) -> None:
    with new.writing() as session:
        session.execute(
            text(
                "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN NEW.by := 'x'; RETURN NEW; END $$"
            )
        )
        session.execute(
            text(
                "CREATE TRIGGER meddle BEFORE INSERT ON campaign_events"
                " FOR EACH ROW EXECUTE FUNCTION meddle()"
            )
        )
    try:
        with pytest.raises(Conflict, match=r"^campaign_events: 1 rows were sent and 1 arrived, or"):
            copying.copy(old, new, NOW, lambda _: None)
    finally:
        with new.writing() as session:
            session.execute(text("DROP FUNCTION meddle CASCADE"))

    with new.reading() as session:
        assert all(
            session.execute(select(table).limit(1)).first() is None
            for table in Table.metadata.sorted_tables
        )


@pytest.mark.usefixtures("new")  # which empties it afterwards
def test_the_command_tells_of_each_table(
    sqlite_template: Path, tmp_path: Path, postgres_url: str
) -> None:
    shutil.copy(sqlite_template, tmp_path / "some.db")
    source = f"sqlite:///{tmp_path / 'some.db'}"
    database = connect(source)
    Desk(database).inbound.receive("{}", inbound("STOP"))
    database.close()

    answer = CliRunner().invoke(command, ["--from", source, "--to", postgres_url])

    assert answer.exit_code == 0, answer.output
    assert "  consent_events  " in answer.output
    assert "The consent ledger holds: 1 chains, 1 rows." in answer.output
