"""A backup in the middle of a campaign, and what a service does that is restored from it."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result

from app.cli_backup import backup, restore
from app.storage import backups, migrate
from app.storage.database import connect
from app.vonage.client import VonageGateway
from app.vonage.tokens import CachedAuth
from simulator.settings import read_settings
from simulator.simulator import Simulator
from tests.support.builders import environment, private_key
from tests.support.site import LATER, Site, eventually, open_site

APPLICATION = environment()["VONAGE_APPLICATION_ID"]
SLOWLY, AT_ONCE = 1_500, 20  # milliseconds until the carrier answers
PEOPLE = [f"+1415555{place:04}" for place in range(12)]


class Carrier:
    """The simulator, spoken to over HTTP as Vonage is, with a pace that tests change."""

    def __init__(self, simulator: Simulator) -> None:
        self._url = simulator.url
        auth = CachedAuth(APPLICATION, private_key())
        self.gateway = VonageGateway(auth, simulator.url, 5, 20)

    def pace(self, milliseconds: int) -> None:
        changes = {"latency_ms": milliseconds}
        requests.post(f"{self._url}/simulator/settings", json=changes, timeout=10)

    def times_sent(self) -> Counter[str]:
        """How often it accepted a text to each number."""
        ledger = requests.get(f"{self._url}/ledger", timeout=10).json()["numbers"]
        return Counter({f"+{number}": each["accepted"] for number, each in ledger.items()})


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    # Receipts go nowhere: what was sent is judged by the ledger alone.
    nowhere = {"SIMULATOR_PORT": "0", "SIMULATOR_WEBHOOK_URL": "http://127.0.0.1:9"}
    with Simulator(read_settings(environment(**nowhere))) as simulator:
        yield Carrier(simulator)


def saved(site: Site, file: Path) -> Result:
    return CliRunner().invoke(backup(site.house), [str(file)])


def brought_back(site: Site, file: Path, *options: str) -> Result:
    return CliRunner().invoke(restore(site.house), [str(file), *options])


def statuses(file: Path) -> Counter[str]:
    """What the messages in a backup are."""
    with closing(sqlite3.connect(file)) as kept:
        return Counter(status for (status,) in kept.execute("SELECT status FROM messages"))


def with_backup_midway(url: str, carrier: Carrier, file: Path) -> str:
    """Send to twelve, back up after three, and let the campaign end; returns its id."""
    carrier.pace(AT_ONCE)
    with open_site(url, carrier.gateway, SEND_AT_ONCE="1") as site:
        order = {"recipients": PEOPLE, "message": "Hello", "brake": {"resend_in_doubt_after": 600}}
        sent = site.post("/api/campaigns/send", order)
        assert sent.status_code == 202, sent.text
        eventually(lambda: len(carrier.times_sent()) >= 3)
        carrier.pace(SLOWLY)
        told = saved(site, file)
        assert told.exit_code == 0, told.output
        carrier.pace(AT_ONCE)
        campaign_id: str = sent.json["campaign"]["id"]
        path = f"/api/campaigns/{campaign_id}"
        eventually(lambda: site.get(path).json["status"] == "finished", 15)
        return campaign_id


def test_nobody_gets_a_text_twice_after_a_restore(
    database_url: str, carrier: Carrier, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    campaign_id = with_backup_midway(database_url, carrier, file)
    midway = statuses(file)
    assert midway["accepted"] >= 1
    assert midway["queued"] >= 1
    assert carrier.times_sent() == dict.fromkeys(PEOPLE, 1)

    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    with open_site(fresh, carrier.gateway, SEND_AT_ONCE="1") as site:
        told = brought_back(site, file)
        assert told.exit_code == 0, told.output
        assert "1 campaigns are paused, " in told.output
        site.house.start()
        # Behind this everything that could be claimed has been.
        single = site.post("/send-sms", {"to": "+14155559999", "text": "alone"})
        assert single.status_code in {200, 202}, single.text

        campaign = site.get(f"/api/campaigns/{campaign_id}").json
        assert campaign["status"] == "paused"
        assert '"resend_after": null' in site.rows("campaigns")[0]["policy"]
        assert "restored from a backup of" in campaign["status_reason"]
        assert site.post(f"/api/campaigns/{campaign_id}/resume").status_code == 200
        again = site.post("/send-sms", {"to": "+14155559998", "text": "alone"})
        assert again.status_code in {200, 202}
        assert max(carrier.times_sent().values()) == 1

        # Only what a person says is sent once more.
        (doubt, *_) = site.get(f"/api/campaigns/{campaign_id}/messages", status="in_doubt").json[
            "messages"
        ]
        answer = {"as": "resend", "confirm": True}
        assert site.post(f"/api/messages/{doubt['id']}/resolve", answer).status_code == 200
        eventually(lambda: max(carrier.times_sent().values()) == 2)
        assert sum(carrier.times_sent().values()) == 12 + 2 + 1


def test_what_was_scheduled_or_alone_waits_for_a_person_too(
    database_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.db").write_bytes(sqlite_template.read_bytes())
    file = tmp_path / "backup.db"
    with open_site(f"sqlite:///{tmp_path / 'old.db'}") as site:
        campaign_id = site.campaign(3, scheduled_at=LATER)["campaign"]["id"]
        assert saved(site, file).exit_code == 0
        assert saved(site, file).exit_code == 1  # it never overwrites

    with open_site(database_url) as site:
        assert brought_back(site, file).exit_code == 0
        assert site.get(f"/api/campaigns/{campaign_id}").json["status"] == "paused"
        assert {row["status"] for row in site.rows("messages")} == {"in_doubt"}
        refused = brought_back(site, file)
        assert "is not empty" in refused.output
        assert brought_back(site, file, "--replace").exit_code == 0
        assert len(site.rows("messages")) == 3


def spoiled(statement: str) -> Callable[[Path], None]:
    """Somebody changes a file, as with any tool for SQLite."""

    def spoil(file: Path) -> None:
        with closing(sqlite3.connect(file)) as kept, kept:
            assert kept.execute(statement).rowcount == 1

    return spoil


ONE = "WHERE id = (SELECT min(id) FROM messages)"


def overwritten(file: Path) -> None:
    file.write_bytes(b"no database at all" * 100)


DAMAGES = [
    (overwritten, "is no backup"),
    (spoiled(f"DELETE FROM messages {ONE}"), "messages: 3 rows were saved, 2 are there"),  # noqa: S608 (the constant above)
    (
        spoiled(f"UPDATE messages SET number = '+14155550199' {ONE}"),  # noqa: S608 (the same)
        "messages: its rows are not those that were saved",
    ),
    (spoiled("UPDATE senders SET name = 'Else'"), "senders: its rows are not those"),
]


def test_a_damaged_file_is_refused_and_leaves_nothing(
    sqlite_template: Path, tmp_path: Path
) -> None:
    for name in ("old.db", "new.db"):
        (tmp_path / name).write_bytes(sqlite_template.read_bytes())
    good = tmp_path / "backup.db"
    with open_site(f"sqlite:///{tmp_path / 'old.db'}") as site:
        site.campaign(3, scheduled_at=LATER)
        assert saved(site, good).exit_code == 0
        assert good.stat().st_mode & 0o077 == 0

    with open_site(f"sqlite:///{tmp_path / 'new.db'}") as site:
        for place, (spoil, told) in enumerate(DAMAGES):
            file = tmp_path / f"damaged-{place}.db"
            file.write_bytes(good.read_bytes())
            spoil(file)
            refused = brought_back(site, file)
            assert refused.exit_code == 1
            assert told in refused.output
            assert site.rows("campaigns") == []
        assert brought_back(site, good).exit_code == 0


def as_left_by(revision: str, file: Path, folder: Path) -> None:
    """Make of a backup of this version one of an earlier: take away what came later."""
    old = folder / "as-it-was.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with closing(connect(f"sqlite:///{old}")) as database, database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    before, changed = shape(old), set()
    with closing(sqlite3.connect(file)) as kept, kept:
        for index in indexes(file) - indexes(old):
            kept.execute(f"DROP INDEX {index}")
        for table, columns in shape(file).items():
            if table not in before:
                kept.execute(f"DROP TABLE {table}")
                kept.execute("DELETE FROM carillon_backup WHERE name = ?", (table,))
            for column in columns - before.get(table, columns):
                kept.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
                changed.add(table)
        kept.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    _note_again(file, changed)


def _note_again(file: Path, tables: set[str]) -> None:
    """The checksums that an earlier version would have written of these."""
    with closing(connect(f"sqlite:///{file}")) as database, database.reading() as session:
        sums = {table: backups._as_kept(session, table).checksum for table in tables}
    with closing(sqlite3.connect(file)) as kept, kept:
        kept.execute("PRAGMA journal_mode = DELETE")  # one file, as a backup is
        for table, checksum in sums.items():
            told = (checksum, table)
            kept.execute("UPDATE carillon_backup SET checksum = ? WHERE name = ?", told)


def indexes(file: Path) -> set[str]:
    """Those with a statement of their own."""
    made = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with closing(sqlite3.connect(file)) as kept:
        return {name for (name,) in kept.execute(made)}


def shape(file: Path) -> dict[str, set[str]]:
    """The columns of each table."""
    with closing(sqlite3.connect(file)) as kept:
        names = kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            table: {row[1] for row in kept.execute(f"PRAGMA table_info({table})")}
            for (table,) in names
            if table != "carillon_backup"
        }


def test_a_backup_of_an_earlier_version_is_compared_before_it_is_migrated(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """As 0010 left it: what came later is not there, and not in the book."""
    for name in ("old.db", "new.db"):
        (tmp_path / name).write_bytes(sqlite_template.read_bytes())
    file = tmp_path / "backup.db"
    with open_site(f"sqlite:///{tmp_path / 'old.db'}") as site:
        site.campaign(3, scheduled_at=LATER)
        assert saved(site, file).exit_code == 0
    as_left_by("0010", file, tmp_path)

    with open_site(f"sqlite:///{tmp_path / 'new.db'}") as site:
        spoiled(f"UPDATE messages SET number = '+14155550199' {ONE}")(file)  # noqa: S608 (the same)
        assert "not those that were saved" in brought_back(site, file).output
        spoiled(f"UPDATE messages SET number = '+14155550000' {ONE}")(file)  # noqa: S608 (the same)
        told = brought_back(site, file)
        assert told.exit_code == 0, told.output
        assert len(site.rows("messages")) == 3
