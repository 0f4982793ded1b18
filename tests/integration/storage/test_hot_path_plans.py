"""No statement of the hot path scans the messages, as the databases themselves would run it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.message import MessageStatus
from app.domain.terms import Terms
from app.meters import Meters
from app.services.clock import Clock
from app.services.metrics import Metrics
from app.storage.database import Database
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk

ROWS = 20_000  # of an ended campaign: reading them all would cost a hundred times the index
# A copy of a message that was sent, with another number. A table that is all old messages is what
# an installation has after a year; the few that are due must be found without looking at those.
_OLD = text(
    "INSERT INTO messages SELECT (jsonb_populate_record(m, jsonb_build_object("
    "'id', gen_random_uuid(), 'number', '+1556' || lpad(n::text, 7, '0'), 'status', 'delivered',"
    "'message_uuid', 'old-' || n))).* FROM messages m, generate_series(1, :rows) n"
    " WHERE m.id = (SELECT id FROM messages LIMIT 1)"
)


@pytest.fixture
def full(emptied_postgres: Database) -> Desk:
    """A database with a year behind it."""
    desk = Desk(emptied_postgres)
    desk.campaigns.launch(order(1))
    desk.send_all()
    with emptied_postgres.writing() as session:
        session.execute(_OLD, {"rows": ROWS})
        session.execute(text("ANALYZE messages"))
    return desk


def test_no_statement_of_the_hot_path_scans_the_messages(full: Desk) -> None:
    plans = plans_of_work(full)
    assert [each for each, told in plans.items() if "Seq Scan on messages" in told] == []
    claims = [told for each, told in plans.items() if "SKIP LOCKED" in each and "due_at" in each]
    assert claims
    for told in claims:  # the claim reads what is due, and nothing else
        assert "ix_messages_outbox" in told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_neither_does_one_on_sqlite(database: Database) -> None:
    desk = Desk(database)
    desk.campaigns.launch(order(1))
    desk.send_all()
    plans = plans_of_work(desk)
    assert [each for each, told in plans.items() if "SCAN messages" in told] == []
    everything = "\n".join(plans.values())
    assert "USING INDEX ix_messages_outbox" in everything
    # It leaves out what Vonage has given no id yet; a receipt is looked up in it all the same.
    assert "USING INDEX ix_messages_message_uuid (message_uuid=?)" in everything


def plans_of_work(desk: Desk) -> dict[str, str]:
    """How the database runs each statement about messages."""
    with heard(desk.database) as statements:
        work(desk)
    about = {each: told for each, told in statements.items() if "messages" in each}
    plans = {each: plan(desk.database, each, told) for each, told in about.items()}
    assert len(plans) >= 15
    return plans


def work(desk: Desk) -> None:
    """All that happens for each message, and what is done again and again beside."""
    capped = Terms(cap=3, is_marketing=True)
    state = desk.campaigns.launch(order(numbers(20, first=100), terms=capped)).state
    taken = desk.claim(10)
    desk.record(taken)
    desk.receive(taken[0], MessageStatus.DELIVERED)
    desk.receive(taken[1], MessageStatus.DELIVERED, client_ref=None)
    desk.inbound.receive("{}", inbound("STOP", numbers(1, first=119)[0]))
    desk.outbox.sweep(desk.clock.forward(60))
    assert b"carillon_in_doubt_messages" in Metrics(desk.database, Clock(), 30.0, Meters()).page()
    desk.campaigns.find(state.campaign.id)
    desk.campaigns.messages(state.campaign.id, None, None, 100)
    desk.campaigns.messages(state.campaign.id, MessageStatus.QUEUED, taken[0].id, 100)
    desk.campaigns.cancel(state.campaign.id, "somebody")
    desk.outbox.sweep(desk.clock.forward(60))


@contextmanager
def heard(database: Database) -> Iterator[dict[str, Any]]:
    """Every statement with the values that it was first run with."""
    statements: dict[str, Any] = {}

    def hear(*told: Any) -> None:
        _connection, _cursor, statement, parameters, _context, is_many = told
        statements.setdefault(statement, parameters[0] if is_many else parameters)

    event.listen(database.engine, "before_cursor_execute", hear)
    yield statements
    event.remove(database.engine, "before_cursor_execute", hear)


def plan(database: Database, statement: str, parameters: Any) -> str:
    with database.reading() as session:
        asked = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        rows = session.connection().exec_driver_sql(f"{asked} {statement}", parameters)
        return "\n".join(row[-1] for row in rows)
