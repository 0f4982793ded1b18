"""Looking for what is due costs the same, however much was told before: on both databases."""

from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.hooks import HookEvent
from app.storage.database import Database
from tests.support.builders import inbound
from tests.support.desk import Desk
from tests.support.hook_desk import HookDesk
from tests.support.receivers import receiver
from tests.unit.test_meters import value

# Told already, and to be told another time. Where very much of a table waits it may be read whole.
ROWS = {"delivered": 20_000, "waiting": 200}
_COPY = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
        " INSERT INTO hook_deliveries (endpoint_id, event_id, event, at, number, body, status,"
        " attempts, due_at) SELECT endpoint_id, event_id, event, at, '+1556' || (1000000 + i),"
        " body, :status, 1, :due FROM hook_deliveries, n WHERE id = 1"
    ),
    "postgresql": (
        "INSERT INTO hook_deliveries (endpoint_id, event_id, event, at, number, body, status,"
        " attempts, due_at) SELECT endpoint_id, event_id, event, at, '+1556' || (1000000 + i),"
        " body, :status, 1, CAST(:due AS timestamptz)"
        " FROM hook_deliveries, generate_series(1, :rows) i"
        " WHERE id = (SELECT min(id) FROM hook_deliveries)"
    ),
}


@pytest.fixture
def full(desk: Desk) -> HookDesk:
    """A desk whose endpoint was told of much, and fails to take much more."""
    hooks = HookDesk(desk)
    with receiver() as here:
        hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello"))
        hooks.deliver()
    kind = desk.database.engine.dialect.name
    with desk.database.writing() as session:
        for status, rows in ROWS.items():
            values = {"rows": rows, "status": status, "due": "2099-01-01 00:00:00"}
            session.execute(text(_COPY[kind]), values)
        session.execute(text("ANALYZE hook_deliveries"))
    return hooks


def plan(database: Database, statement: str, parameters: Any) -> str:
    word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.reading() as session:
        rows = session.connection().exec_driver_sql(f"{word} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


def test_what_is_due_is_found_by_its_own_index(full: HookDesk) -> None:
    database, desk = full.desk.database, full.desk
    heard: dict[str, Any] = {}

    def hear(*told: Any) -> None:
        _connection, _cursor, statement, parameters, _context, is_many = told
        heard.setdefault(statement, parameters[0] if is_many else parameters)

    event.listen(database.engine, "before_cursor_execute", hear)
    with receiver():  # nobody takes it: what counts is how it is looked for
        desk.inbound.receive("{}", inbound("Anybody?"))
        full.deliver()
    made = full.hooks.all()[0]
    full.hooks.deliveries(made.id, None, None, 100)
    page = full.page()
    event.remove(database.engine, "before_cursor_execute", hear)

    assert value(page, "carillon_outgoing_webhook_waiting_deliveries") == ROWS["waiting"] + 1
    about = {each: told for each, told in heard.items() if "FROM hook_deliveries" in each}
    looking = {each: told for each, told in about.items() if "due_at <=" in each}
    assert len(looking) >= 3  # is anything due, the claim, and what a monitor asks
    for statement, told in looking.items():
        assert "ix_hook_deliveries_waiting" in plan(database, statement, told), statement
    for statement, told in about.items():
        found = plan(database, statement, told)
        assert "Seq Scan on hook_deliveries" not in found, statement
        assert "SCAN hook_deliveries" not in found.replace(" USING", ""), statement


def test_a_person_is_found_by_the_number(full: HookDesk) -> None:
    statement = "SELECT id FROM hook_deliveries WHERE number = '+15561000007'"

    assert "ix_hook_deliveries_number" in plan(full.desk.database, statement, ())
