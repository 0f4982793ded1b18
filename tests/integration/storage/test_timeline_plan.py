"""A timeline costs the same however much is stored: no statement of it scans a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert, text

from app.domain.ids import time_ordered_ids
from app.storage import timeline
from app.storage.consent_tables import ConsentHead, ConsentRow
from app.storage.contact_tables import Contact
from app.storage.database import Database, Session
from app.storage.ledgers import CampaignEvent, InboundText, OptOut, WebhookEvent
from app.storage.pace_tables import Sender
from app.storage.tables import AttemptRow, Campaign, Message, Refusal
from app.storage.text_tables import Click, Link
from tests.support.builders import SENDER
from tests.support.fakes import START

ROWS = 3_000  # of each kind: a planner that has a choice takes the index from far fewer on
KEPT = {
    "status": "delivered",
    "at": START.isoformat(),
    "error_code": None,
    "reason": None,
    "price": None,
    "currency": None,
    "segments": None,
}


def filled(database: Database) -> str:
    """Fill every table that a timeline reads; one of the numbers in it."""
    ids = [i for i, _ in zip(time_ordered_ids(START, b"0123456789"), range(ROWS), strict=False)]
    numbers = [f"+1415{place:07}" for place in range(ROWS)]
    people = list(zip(ids, numbers, strict=True))
    with database.writing() as session:
        session.execute(insert(Sender), [{"name": SENDER, "next_slot": 0.0}])
        rows_by_table: list[tuple[Any, list[dict[str, Any]]]] = [
            (Campaign, [_campaign(i) for i in ids]),
            (CampaignEvent, [_of_campaign(i) for i in ids]),
            (Refusal, [_refusal(i, number) for i, number in people]),
            (Contact, [{"number": n, "fields": {}, **_times()} for n in numbers]),
            (Message, [_message(i, number) for i, number in people]),
            (AttemptRow, [_attempt(i) for i in ids]),
            (ConsentRow, [_consent(i, number) for i, number in people]),
            (ConsentHead, [_head(i, number) for i, number in people]),
            (OptOut, [{"number": n, "at": START, "event_id": i} for i, n in people]),
            (InboundText, [_inbound(i, number) for i, number in people]),
            (WebhookEvent, [_webhook(i) for i in ids]),
            (Link, [_link(i) for i in ids]),
            (Click, [_click(i) for i in ids]),
        ]
        for table, rows in rows_by_table:
            session.execute(insert(table), rows)
        session.execute(text("ANALYZE"))
    return numbers[ROWS // 2]


def _times() -> dict[str, Any]:
    return {"created_at": START, "updated_at": START}


def _campaign(campaign_id: str) -> dict[str, Any]:
    counts = ("recipient", "accepted", "rejected", "duplicate", "opted_out", "not_valid")
    return {
        **{f"{name}_count": 0 for name in counts},
        "id": campaign_id,
        "name": "x",
        "message": "x",
        "sender": SENDER,
        "policy": {},
        "status": "finished",
        "created_at": START,
        "is_released": True,
        "opt_outs_after": 0,
        "allow_duplicate": False,
    }


def _of_campaign(campaign_id: str) -> dict[str, Any]:
    event = {"event": "paused", "source": "client", "by": "Ann"}
    return {"campaign_id": campaign_id, "at": START, **event}


def _refusal(campaign_id: str, number: str) -> dict[str, Any]:
    at = {"campaign_id": campaign_id, "position": 0, "number": number}
    return {**at, "value": "x", "reason": "x", "duplicate": True}


def _message(message_id: str, number: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "campaign_id": message_id,
        "kind": "campaign",
        "number": number,
        "sender": SENDER,
        "text": "x",
        "segments": 1,
        "status": "delivered",
        "attempts": 1,
        "status_at": START,
        "due_at": START,
        "created_at": START,
    }


def _attempt(message_id: str) -> dict[str, Any]:
    times = {"began_at": START, "ended_at": START}
    return {"message_id": message_id, "number": 1, "outcome": "accepted", **times}


def _consent(event_id: str, number: str) -> dict[str, Any]:
    told = {"event": "opt_out", "method": "keyword", "wording": "STOP", "at": START}
    chained = {"chain": event_id, "place": 1, "scope": "all", "personal_digest": "x", "seal": "x"}
    return {"id": event_id, "number": number, **told, **chained}


def _head(chain: str, number: str) -> dict[str, Any]:
    end = {"state": "opted_out", "since": START, "place": 1, "seal": "x"}
    return {"chain": chain, "number": number, **end}


def _inbound(uuid: str, number: str) -> dict[str, Any]:
    text_row = {"message_uuid": uuid, "from_number": number, "to": SENDER, "text": "STOP"}
    return {**text_row, "reading": "opt_out", "sent_at": START, "received_at": START}


def _webhook(message_id: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "kind": "status",
        "event_key": f"status:{message_id}",
        "received_at": START,
        "body": "{}",
        "matched": True,
        "message_id": message_id,
        "receipt": KEPT,
    }


def _slug(message_id: str) -> str:
    return message_id.replace("-", "")[-11:]


def _link(message_id: str) -> dict[str, Any]:
    row = {"campaign_id": message_id, "message_id": message_id, "url": "https://shop.test"}
    return {"slug": _slug(message_id), "created_at": START, **row}


def _click(message_id: str) -> dict[str, Any]:
    return {"slug": _slug(message_id), "at": START, "is_bot": False, "device": "phone"}


@contextmanager
def statements_of(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the block executes, with its values."""
    found: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        _connection, _cursor, statement, parameters, *_rest = given
        found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan_of(session: Session, statement: str, parameters: Any) -> str:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    rows = session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


def test_no_statement_scans_a_table(database: Database) -> None:
    number = filled(database)
    with statements_of(database) as found, database.writing() as session:
        history = timeline.read(session, number, 1_000)
    selects = [each for each in found if each[0].lstrip().startswith("SELECT")]

    assert all((history.messages, history.attempts, history.receipts, history.refusals))
    assert all((history.consents, history.texts, history.campaigns, history.campaign_events))
    assert history.clicks
    assert len(selects) == 12
    with database.reading() as session:
        for statement, parameters in selects:
            plan = plan_of(session, statement, parameters)
            assert "Seq Scan" not in plan, plan
            scans = [line for line in plan.splitlines() if line.lstrip().startswith("SCAN")]
            # What a statement was given as JSON is no table.
            assert all("VIRTUAL TABLE" in line for line in scans), plan
