"""Commits that end in the dark, and a SQLite that has no page left."""

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.storage.database import connect
from tests.support.builders import numbers
from tests.support.desk import Desk
from tests.support.faults import Databases, fresh_postgres, scaled
from tests.support.severed import Way, severable
from tests.support.site import Site, eventually, open_site
from tests.support.webhooks import inbound

PROBLEM = "application/problem+json"


@pytest.fixture
def way(postgres_url: str) -> Iterator[Way]:
    """A way to a database of its own that can be cut."""
    with fresh_postgres(postgres_url, f"cut_{secrets.token_hex(4)}") as url:
        with severable(url) as made:
            yield made
        database = connect(url)
        Desk(database).check_counts()
        database.close()


@pytest.fixture
def site(way: Way) -> Iterator[Site]:
    with open_site(way.url) as opened:
        yield opened


def test_a_webhook_whose_commit_was_cut_is_answered_503_and_repeated_harmlessly(
    way: Way, site: Site
) -> None:
    body = inbound("STOP")
    way.cut_commits(1)

    assert site.webhook("inbound", body).status_code == 503
    assert way.cuts == 1
    assert site.webhook("inbound", body).status_code == 200

    assert len(site.rows("inbound_messages")) == 1
    assert len(site.rows("consent_events")) == len(site.rows("opt_outs")) == 1
    site.house.crew.start()
    eventually(lambda: [message.text[:5] for message in site.gateway.sent] == ["Bells"])


def test_a_launch_whose_commit_was_cut_is_not_said_to_be_undone(way: Way, site: Site) -> None:
    way.cut_commits(1)

    answer = site.post("/api/campaigns/send", {"recipients": numbers(3), "message": "Hello"})

    assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
    assert answer.json is not None
    assert "may have been done" in answer.json["detail"]
    assert len(site.rows("campaigns")) == 1


def test_cut_commits_of_the_dispatcher_text_nobody_twice(way: Way, site: Site) -> None:
    site.house.crew.start()
    for _ in range(scaled(4, 40)):
        way.cut_commits(2)
        cut = way.cuts
        batch = numbers(20, first=2_000 + cut * 20)
        # A launch may meet the cut as well; then it was stored, and is sent all the same.
        site.post("/api/campaigns/send", {"recipients": batch, "message": "Hello"})
        eventually(lambda: way.cuts >= cut + 2, 20)  # noqa: B023 (called at once)
    eventually(lambda: not open_rows(site, "queued"), 20)

    handed_over = Counter(message.id for message in site.gateway.sent)
    assert set(handed_over.values()) == {1}
    # What is still "sending" was claimed in the dark: nobody was handed it, nobody will be.
    eventually(lambda: not open_rows(site, "sending") & handed_over.keys(), 20)


def open_rows(site: Site, status: str) -> set[str]:
    """The ids of what has a status."""
    return {str(row["id"]) for row in site.rows("messages") if row["status"] == status}


def test_a_sqlite_without_a_page_left_answers_503_until_there_is_room(
    databases: Databases, tmp_path: Path
) -> None:
    with open_site(databases.sqlite(tmp_path)) as site:
        limit = {"pages": page_count(site)}

        def keep_to_it(connection: Any, _record: Any, _proxy: Any) -> None:
            connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

        event.listen(site.house.database.engine, "checkout", keep_to_it)
        body = inbound("Hello, " * 5_000)
        order = {"recipients": numbers(500), "message": "Hello"}
        for answer in (site.webhook("inbound", body), site.post("/api/campaigns/send", order)):
            assert (answer.status_code, answer.mimetype) == (503, PROBLEM), answer.text
        assert site.rows("inbound_messages") == site.rows("campaigns") == []

        limit["pages"] = 1_000_000
        assert site.webhook("inbound", body).status_code == 200
        assert site.post("/api/campaigns/send", order).status_code == 202
        assert len(site.rows("inbound_messages")) == 1
        eventually(lambda: len(site.gateway.sent) == 500, 20)


def page_count(site: Site) -> int:
    with site.house.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
