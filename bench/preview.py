"""Measures a preview of a million recipients, and the planning of a hundred thousand.

    python -m bench.preview [--rows 1000000] [--plan 100000] [--database URL]

Without --database a new SQLite file in a temporary folder is used, and removed afterwards; another
database must be empty and migrated. Every figure is of one process; memory is the most that the
process ever held.
"""

import argparse
import cProfile
import json
import pstats
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from app.domain.campaign import CampaignOrder
from app.domain.hour_presets import PRESETS
from app.domain.policy import NO_BRAKE
from app.domain.template import read_template
from app.domain.terms import NO_TERMS, Terms
from app.sending.loops import Loop, Work
from app.sending.runners import Crew, ThreadRunner
from app.services.campaigns import Campaigns
from app.services.clock import Clock
from app.services.orders import Orders
from app.services.previews import Previews
from app.storage import migrate
from app.storage.database import Database, connect
from app.web import preview_rows

_RATE = 30.0  # messages a second
_SENDER = "+15550001111"
_TEXTS = {
    "the same text for all": "Our shop opens at nine tomorrow. Reply STOP to opt out.",
    "a text of one's own": "Hi {{ name }}, our shop opens at nine tomorrow. Reply STOP to opt out.",
}
_PART = 2_000
_MARKETING = Terms(PRESETS["default"].window, "default", cap=3, is_marketing=True)


class _NoRunner(ThreadRunner):
    """Nothing is sent, whatever is queued."""

    def __init__(self) -> None:
        super().__init__(Crew(Loop("none", _nobody), is_resting=True))


def _nobody() -> Work:
    raise NotImplementedError  # a crew that rests makes none


def _people(count: int) -> Iterator[dict[str, str]]:
    """So many people in the US and in Britain; one in a hundred is named twice."""
    for place in range(count):
        each = place - 1 if place % 100 == 99 else place  # noqa: PLR2004 (one in a hundred)
        number = f"+447700{each:06}" if each % 4 == 0 else f"+1{415 + each // 10_000_000}{each:07}"
        yield {"to": number, "name": f"Person {each}"}


def _draft(database: Database, message: str, count: int) -> str:
    """A draft of so many, stored in parts so that making it costs no memory."""
    orders = Orders(database, _NoRunner(), Clock(), default_rate=_RATE)
    order = CampaignOrder(
        [{"to": "+14155550101", "name": "Ada"}],
        read_template(message),
        _SENDER,
        policy=NO_BRAKE,
    )
    campaign_id = orders.draft(order).state.campaign.id
    with database.writing() as session:
        session.execute(text("DELETE FROM order_parts"))
        statement = text("INSERT INTO order_parts VALUES (:campaign, :position, :recipients)")
        kept = campaign_id.replace("-", "") if "sqlite" in str(database.engine.url) else campaign_id
        for position, part in _parts(_people(count)):
            row = {"campaign": kept, "position": position, "recipients": json.dumps(part)}
            session.execute(statement, row)
    return campaign_id


def _parts(people: Iterable[dict[str, str]]) -> Iterator[tuple[int, list[dict[str, str]]]]:
    part: list[dict[str, str]] = []
    position = 0
    for each in people:
        part.append(each)
        if len(part) == _PART:
            yield position, part
            position, part = position + len(part), []
    if part:
        yield position, part


def _memory() -> float:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _timed(what: str, rows: int) -> Iterator[None]:
    before, began = _memory(), time.perf_counter()
    yield
    took, after = time.perf_counter() - began, _memory()
    print(
        f"{what:<44} {rows:>9,} rows  {took:7.2f} s  {rows / took:>9,.0f} rows/s"
        f"  {after:6.0f} MB at most ({after - before:+.0f})"
    )


def _measure(database: Database, rows: int, plan: int, *, profile: bool) -> None:
    previews = Previews(database, Clock(), default_rate=_RATE)
    for name, message in _TEXTS.items():
        campaign_id = _draft(database, message, rows)
        with _timed(f"preview, {name}", rows), _profiled(profile):
            previews.of(campaign_id)
        with _timed(f"preview.csv, {name}", rows):
            written = 0
            with previews.rows(campaign_id) as (begins_at, decided):
                written = sum(len(part) for part in preview_rows.lines(decided, begins_at))
        print(f"{'':<44} {written / 1_000_000:.0f} MB of CSV")
    plans = [(name, message, NO_TERMS) for name, message in _TEXTS.items()]
    plans += [(f"{name}, hours", message, _MARKETING) for name, message, _ in plans]
    for name, message, terms in plans:
        people, template = list(_people(plan)), read_template(message)
        order = CampaignOrder(
            people, template, _SENDER, policy=NO_BRAKE, terms=terms, allow_duplicate=True
        )
        campaigns = Campaigns(database, _NoRunner(), Clock(), default_rate=_RATE)
        with _timed(f"plan and queue, {name}", plan), _profiled(profile):
            campaigns.launch(order)


@contextmanager
def _profiled(wanted: bool) -> Iterator[None]:  # noqa: FBT001 (what the command line said)
    if not wanted:
        yield
        return
    with cProfile.Profile() as found:
        yield
    pstats.Stats(found).sort_stats("tottime").print_stats(25)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plan", type=int, default=100_000)
    parser.add_argument("--database", help="the address of an empty, migrated database")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        database = connect(url)
        if given.database is None:
            migrate.upgrade(database)
        _measure(database, given.rows, given.plan, profile=given.profile)
        database.close()


if __name__ == "__main__":
    main()
