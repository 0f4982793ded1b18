"""Measures every page of the dashboard on the server, with a year of messages behind it.

    python -m bench.pages [--messages 1000000] [--contacts 100000] [--runs 5] [--file FILE]

Fills a new SQLite file, which is removed afterwards (with --file it is kept, and measured again the
next time), and the empty database of DATABASE_URL, where that names one. What is measured is the
time from the request to the last byte of the answer, in this process, without a network. Of a dry
run that is the page which begins it, while it goes on behind, and its part once it is over.
"""

import argparse
import itertools
import json
import logging
import os
import re
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.routing import Rule

from app.domain.errors import Conflict
from app.domain.lifecycle import NOT_BEGUN
from app.domain.users import Role
from app.factory import create_app, house_of
from app.services.catalogue import Services
from app.services.demo_data import DemoSize
from app.settings import read_settings
from app.storage import migrate
from app.storage.contact_pages import Search
from app.web.pages import of
from bench.service import environment

_TARGET = 100.0  # milliseconds
_NAME = "bench"
_LEFT_OUT = {
    *("dashboard.static", "dashboard.nowhere", "dashboard.doors.sign_in"),
    *("dashboard.dry_run.show", "dashboard.dry_run.now"),  # measured apart
}
_LONGEST = 600.0  # seconds of a dry run
_TRY = "/dashboard/campaigns/try"
_TEXT = "Hi {{ first_name | default: 'there' }}, our shop opens at nine tomorrow."
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

_Asked = tuple[str, Callable[[], Any], Callable[[], object]]
"""What it is called, how it is asked for, and what must be done before, which is not measured."""


def _nothing() -> None:
    """Most pages need nothing done before."""


def _app(url: str) -> Flask:
    nobody = 9  # the port of no carrier: nothing is sent
    with tempfile.TemporaryDirectory() as folder:
        return create_app(read_settings(environment(Path(folder), nobody, nobody, url)))


def _fill(app: Flask, size: DemoSize) -> None:
    house = house_of(app)
    migrate.upgrade(house.database)
    began = time.perf_counter()
    try:
        house.services.demo_data.fill(size)
        print(f"filled in {time.perf_counter() - began:.0f} s")
    except Conflict:
        print("there is something in it: measured as it is")


def _signed_in(app: Flask) -> Any:
    """A client of an admin."""
    users, client = house_of(app).services.users, app.test_client()
    password = secrets.token_urlsafe(16)
    if _NAME in {each.user.name for each in users.all()}:
        users.set_password(_NAME, password, _NAME)
    else:
        users.create(_NAME, Role.ADMIN, password, _NAME)
    form = {"csrf_token": _token(client, "/dashboard/sign-in"), "name": _NAME, "password": password}
    answer = client.post("/dashboard/sign-in", data=form)
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    return client


def _token(client: Any, path: str) -> str:
    found = _TOKEN.search(client.get(path).text)
    assert found, path
    return found[1]


def _named(services: Services) -> dict[str, dict[str, str]]:
    """What can stand in the places of addresses: of campaigns the largest in each state."""
    campaigns: dict[str, str] = {}
    found = services.campaigns.page(None, 100)
    for state in sorted(found, key=lambda each: each.campaign.recipient_count):
        campaigns[state.campaign.status.value] = state.campaign.id
    return {
        "campaign_id": campaigns,
        "template_id": {"": services.templates.page(None, 1, archived=False)[0].id},
        "list_id": {"": services.contact_lists.page("", 1)[0].id},
        "audience_id": {"": services.audiences.page("", 1)[0].id},
        "name": {"": services.senders.states()[0].name},
        "number": {"": services.contacts.page(Search(), "", 1)[0].person.number},
    }


def _pages(app: Flask) -> Iterator[tuple[str, str]]:
    """Every page, as it is called and as it is asked for."""
    named = _named(house_of(app).services)
    for rule in sorted(of(app).app.url_map.iter_rules(), key=lambda each: each.rule):
        if _is_page(rule):
            places = sorted(rule.arguments)
            examples = named.get(places[0], {}) if places else {"": ""}
            for what, value in examples.items():
                yield f"{rule.rule} {what}".strip(), re.sub(r"<[^>]*>", value, rule.rule)


def _searches(app: Flask) -> Iterator[tuple[str, str]]:
    """What people look for: one that is there, and one that nobody has."""
    largest = _named(house_of(app).services)["campaign_id"]["finished"]
    of_largest = f"/dashboard/campaigns/{largest}"
    for query in ("q=an", "q=nobody+has+this+name", "tag=vip", "tag=nobody"):
        yield f"/dashboard/contacts?{query}", f"/dashboard/contacts?{query}"
    for query in ("q=weekend", "q=nothing", "status=finished"):
        yield f"/dashboard/campaigns?{query}", f"/dashboard/campaigns?{query}"
    for query in ("status=delivered", "status=undeliverable", "code=1120", "number=%2B12125550100"):
        yield f"/dashboard/campaigns/<campaign_id>?{query}", f"{of_largest}?{query}"


def _is_page(rule: Rule) -> bool:
    is_read = rule.endpoint.startswith("dashboard.") and "GET" in (rule.methods or ())
    is_file = rule.rule.endswith((".csv", ".zip", ".json"))
    return is_read and not is_file and rule.endpoint not in _LEFT_OUT and len(rule.arguments) <= 1


def _tries(app: Flask, client: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What the composer asks while somebody writes: of lists, of an audience, of both.

    Counts are kept for some seconds; rules that nobody asked of before are counted each time.
    """
    services = house_of(app).services
    lists = [each.id for each in services.contact_lists.page("", 2)]
    audience = {"audience": services.audiences.page("", 1)[0].id}
    written = {"message": _TEXT, "sender": services.senders.states()[0].name, "whom": "contacts"}
    written["csrf_token"] = _token(client, "/dashboard/account")
    one = {f"list-{lists[0]}": "on"}
    ticked = {f"list-{each}": "on" for each in lists}
    places = itertools.count()

    def ask(form: dict[str, str], *, is_new: bool = False) -> Any:
        tags = [{"tag": "vip"}, {"tag": f"nobody's {next(places)}"}]
        new = {"audience": "own", "rule": json.dumps({"or": tags})} if is_new else {}
        return client.post(_TRY, data={**written, **form, **new})

    for what, form in {"one list": one, "two lists": ticked, "an audience": audience}.items():
        yield f"POST {_TRY} ({what})", partial(ask, form)
    yield f"POST {_TRY} (a new rule)", partial(ask, {}, is_new=True)
    yield f"POST {_TRY} (one list, a new rule)", partial(ask, one, is_new=True)
    yield f"POST {_TRY} (two lists, a new rule)", partial(ask, ticked, is_new=True)


def _dry_runs(app: Flask, client: Any) -> Iterator[_Asked]:
    """The page that begins one while nothing else goes on, and the part of one that is over."""
    services = house_of(app).services

    def end(campaign_id: str, run: str | None) -> None:
        services.dry_runs.begin(campaign_id, run).ended.wait(_LONGEST)  # after those before it

    for what, campaign_id in _named(services)["campaign_id"].items():
        if what in NOT_BEGUN:
            rule, run = "/dashboard/campaigns/<campaign_id>/dry-run", str(uuid4())
            path = rule.replace("<campaign_id>", campaign_id)
            begin, show = partial(client.get, path), partial(client.get, f"{path}/now?run={run}")
            yield f"{rule} {what}", begin, partial(end, campaign_id, None)
            yield f"{rule}/now {what}, over", show, partial(end, campaign_id, run)


def _measure(url: str, size: DemoSize, runs: int) -> None:
    app = _app(url)
    print(f"\n{url.partition(':')[0]}, load {os.getloadavg()[0]:.1f}")
    _fill(app, size)
    client = _signed_in(app)
    asked: list[_Asked] = [
        (what, partial(client.get, at), _nothing) for what, at in [*_pages(app), *_searches(app)]
    ]
    asked += [(what, ask, _nothing) for what, ask in _tries(app, client)]
    asked += _dry_runs(app, client)
    shown = [each for each in asked if each[1]().status_code == HTTPStatus.OK]
    figures = [_timed(*each, runs) for each in shown]
    for took, busy, worst, what in sorted(figures, reverse=True):
        over = "  OVER" if took > _TARGET else ""
        print(f"{took:8.1f} ms  CPU {busy:7.1f}  at most {worst:7.1f}  {what}{over}")
    slow = [what for took, _, _, what in figures if took > _TARGET]
    print(f"{len(figures)} pages, {len(slow)} over {_TARGET:g} ms, load {os.getloadavg()[0]:.1f}")
    house_of(app).close(timeout=10)


def _timed(
    what: str, ask: Callable[[], Any], prepare: Callable[[], object], runs: int
) -> tuple[float, float, float, str]:
    """Median, CPU and worst in ms of a page that was asked for before, which filled what is kept.

    The CPU is that of this process, which a busy machine changes less; PostgreSQL's is not in it.
    """
    times, busy = [], []
    for _ in range(runs):
        prepare()
        began, idle = time.perf_counter(), time.process_time()
        ask()
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - idle) * 1000)
    return statistics.median(times), statistics.median(busy), max(times), what


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each page, the slowest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--file", help="a SQLite file that is kept")
    parser.add_argument("--no-sqlite", action="store_true", help="only that of DATABASE_URL")
    given = parser.parse_args(arguments)
    logging.disable()  # a line for each request
    try:
        size = DemoSize(given.messages, given.contacts)
        _measure_all(given.file, size, given.runs, is_sqlite=not given.no_sqlite)
    finally:
        logging.disable(logging.NOTSET)


def _measure_all(file: str | None, size: DemoSize, runs: int, *, is_sqlite: bool) -> None:
    if is_sqlite:
        with tempfile.TemporaryDirectory() as folder:
            _measure(f"sqlite:///{file or Path(folder) / 'bench.db'}", size, runs)
    if url := os.environ.get("DATABASE_URL"):
        _measure(url, size, runs)


if __name__ == "__main__":
    main()
