"""Claims beside ever more messages that are done: databases of several sizes, claimed in turns."""

import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import make_url, text

from app.domain.campaign import CampaignOrder
from app.domain.policy import NO_BRAKE
from app.domain.template import read_template
from app.sending.loops import Loop, Work
from app.sending.runners import Crew, ThreadRunner
from app.services.campaigns import Campaigns
from app.services.clock import Clock
from app.storage import migrate
from app.storage.database import Database, connect
from app.storage.outbox import SqlOutbox

_SENDER = "+15550000001"
_ROOM, _CLAIMED, _TURNS = 64, 6_400, 7
_PORTION = 500_000  # rows of one INSERT
# Copies of a message that was sent, of a campaign of their own: what is there after a year.
_CAMPAIGN = text(
    "INSERT INTO campaigns SELECT (jsonb_populate_record(c, jsonb_build_object("
    "'id', gen_random_uuid(), 'status', 'finished', 'finished_at', now() - interval '1 year'))).*"
    " FROM campaigns c LIMIT 1 RETURNING id"
)
_MESSAGES = text(
    # LATERAL: written as (f(...)).* the function would be called once for each column.
    "INSERT INTO messages SELECT copy.*"
    " FROM (SELECT * FROM messages WHERE status = 'queued' LIMIT 1) m,"
    " generate_series(CAST(:first AS int), CAST(:last AS int)) n,"
    " LATERAL jsonb_populate_record(CAST(m AS messages), jsonb_build_object("
    "'id', gen_random_uuid(), 'campaign_id', :campaign, 'number', '+1' || (2000000000 + n)::text,"
    "'status', 'delivered', 'message_uuid', gen_random_uuid()::text)) copy"
)


@contextmanager
def databases(server_url: str, sizes: Sequence[int]) -> Iterator[dict[int, Database]]:
    """A database for each size, with so many messages that were sent a year ago."""
    with ExitStack() as stack:
        found = {}
        for size in sizes:
            found[size] = _made(server_url, f"rows_{size}")
            stack.callback(found[size].close)
            began = time.monotonic()
            _fill(found[size], size)
            took, told = time.monotonic() - began, _told_size(found[size], size)
            print(f"{size:>10} rows written in {took:,.0f} s: {told}", flush=True)
        yield found


def _made(server_url: str, name: str) -> Database:
    server = connect(server_url)
    _execute(server, f"CREATE DATABASE {name}")
    server.close()
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    database = connect(url)
    migrate.upgrade(database)
    return database


def _execute(database: Database, statement: str) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _fill(database: Database, rows: int) -> None:
    _launch(_campaigns(database), 1)
    with database.writing() as session:
        campaign = session.execute(_CAMPAIGN).scalar_one()
    for first in range(1, rows, _PORTION):
        last = min(rows, first + _PORTION - 1)
        with database.writing() as session:
            session.execute(_MESSAGES, {"first": first, "last": last, "campaign": campaign})
    for statement in ("VACUUM ANALYZE messages", "CHECKPOINT"):
        _execute(database, statement)


def _told_size(database: Database, rows: int) -> str:
    with database.reading() as session:
        table, whole = session.execute(
            text("SELECT pg_table_size('messages'), pg_total_relation_size('messages')")
        ).one()
    return f"{table / rows:.0f} bytes a message, {whole / rows:.0f} with its indexes"


def measure(grown: Mapping[int, Database]) -> None:
    """Claim in turns, so that whatever else the machine does slows all sizes down alike."""
    rates: dict[int, list[float]] = {size: [] for size in grown}
    for turn in range(_TURNS):
        for size, database in grown.items():
            _launch(_campaigns(database), _CLAIMED, first=turn * _CLAIMED)
            rates[size].append(_claim_all(database))
    first = rates[next(iter(rates))]
    for size, each in rates.items():
        against = statistics.median(one / other for one, other in zip(each, first, strict=True))
        print(
            f"{size:>10} rows: {statistics.median(each):,.0f} messages claimed a second"
            f" ({min(each):,.0f} to {max(each):,.0f}; {against:.0%} of the smallest, turn by turn);"
            f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
            flush=True,
        )


def _claim_all(database: Database) -> float:
    outbox = SqlOutbox(database, 100_000, timedelta(seconds=60), Clock().entropy)
    taken, began = 0, time.perf_counter()
    while taken < _CLAIMED:
        taken += len(outbox.claim(_ROOM, datetime.now(UTC)).messages)
    return taken / (time.perf_counter() - began)


def _campaigns(database: Database) -> Campaigns:
    return Campaigns(database, _nobody_sends(), Clock(), default_rate=100_000)


def _launch(campaigns: Campaigns, count: int, first: int = 0) -> None:
    people = [f"+1415{5_000_000 + first + place}" for place in range(count)]
    template = read_template("Hello")
    order: dict[str, Any] = {"policy": NO_BRAKE, "allow_duplicate": True}
    campaigns.launch(CampaignOrder(people, template, _SENDER, **order))


def _nobody_sends() -> ThreadRunner:
    return ThreadRunner(Crew(Loop("none", _none), is_resting=True))


def _none() -> Work:
    raise NotImplementedError  # a crew that rests makes none
