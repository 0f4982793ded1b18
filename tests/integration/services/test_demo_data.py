"""Made-up data looks like that of a service in use, and never mixes with anything real."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import text

from app.cli_demo import demo_data
from app.domain.demo_people import MOST_PEOPLE, number_at
from app.services.clock import Clock
from app.services.consent_proof import ConsentProof
from app.services.demo_data import DemoData, DemoSize
from app.storage.database import Database, connect
from tests.support.builders import SENDER
from tests.support.desk import Desk
from tests.support.site import open_site

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
SIZE = DemoSize(messages=1_200, contacts=140)


def fill(database: Database, seed: int = 1) -> None:
    size = DemoSize(SIZE.messages, SIZE.contacts, seed)
    DemoData(database, Clock(now=lambda: NOW), SENDER).fill(size)


def digest(database: Database) -> Sequence[object]:
    with database.reading() as session:
        rows = session.execute(text("SELECT id, number, status, message_uuid FROM messages"))
        return sorted(map(tuple, rows))


def test_it_has_all_that_pages_show_and_its_books_are_right(database: Database) -> None:
    fill(database)

    Desk(database).check_counts()
    assert ConsentProof(database).verify(None, None).flaw is None
    with database.reading() as session:

        def count(rows: str) -> int:
            return int(session.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one())  # noqa: S608 (a test's own)

        assert count("messages") == SIZE.messages
        assert count("contacts") == SIZE.contacts
        kinds = "campaigns WHERE status = '{}'"
        assert count(kinds.format("paused")) == count(kinds.format("cancelled")) == 1
        assert count(kinds.format("draft")) == 2
        assert count("messages WHERE status = 'delivered'") > SIZE.messages / 2
        assert count("webhook_events") > SIZE.messages / 2
        assert all(map(count, ("opt_outs", "clicks", "inbound_messages", "spend", "audiences")))
        assert count("inbox_threads") == count("inbound_messages")
        assert count("messages WHERE number NOT LIKE '+1___555%'") == 0


def test_the_same_seed_gives_the_same(sqlite_template: Path, tmp_path: Path) -> None:
    made = []
    for place, seed in enumerate((1, 1, 2)):
        file = tmp_path / f"{place}.db"
        shutil.copy(sqlite_template, file)
        database = connect(f"sqlite:///{file}")
        fill(database, seed)
        made.append(digest(database))
        database.close()

    assert made[0] == made[1] != made[2]


def test_nobody_has_the_numbers_and_no_two_are_the_same() -> None:
    drawn = {number_at(place) for place in range(MOST_PEOPLE)}

    assert len(drawn) == MOST_PEOPLE
    assert number_at(0) == "+12125550100"
    assert not any(number.endswith("5551212") for number in drawn)


def test_a_database_in_use_is_refused_and_left_alone(database_url: str) -> None:
    with open_site(database_url) as site:
        site.post("/api/contacts", {"contacts": [{"number": "+14155550101"}]})
        told = CliRunner().invoke(demo_data(site.house), [])

        assert told.exit_code == 1
        assert "contacts has rows" in told.output
        assert len(site.rows("contacts")) == 1


def test_the_pages_of_the_api_read_it(database_url: str) -> None:
    with open_site(database_url) as site:
        told = CliRunner().invoke(demo_data(site.house), ["--messages", "240", "--contacts", "40"])
        assert told.exit_code == 0, told.output

        newest, *_, oldest = site.get("/api/campaigns").json["campaigns"]
        assert newest["status"] == "draft"
        assert oldest["status"] == "finished"
        assert site.get(f"/api/campaigns/{oldest['id']}/messages").json["messages"]
        number = str(number_at(0)).replace("+", "%2B")
        assert site.get(f"/api/numbers/{number}/timeline").status_code == 200
