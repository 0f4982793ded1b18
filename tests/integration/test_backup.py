"""A backup in the middle of a campaign, and what a service does that is restored from it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli_backup import backup, restore
from app.domain.message import ClaimedMessage, Outcome
from app.storage import migrate
from app.storage.database import connect
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, eventually, open_site

BEFORE = 5  # messages that have left when the backup is made


class Gate:
    """A carrier that takes some messages, and the others once it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self._left = BEFORE
        self.gateway = FakeGateway(self._answer)

    def _answer(self, message: ClaimedMessage) -> Outcome:
        self._left -= 1
        if self._left < 0:
            assert self.opened.wait(20)
        return accepted(message)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


def saved(site: Site, file: Path) -> Result:
    return CliRunner().invoke(backup(site.house), [str(file)])


def brought_back(site: Site, file: Path, *options: str) -> Result:
    return CliRunner().invoke(restore(site.house), [str(file), *options])


def times_sent(gateway: FakeGateway) -> Counter[str]:
    return Counter(str(message.to) for message in gateway.sent)


def with_backup_midway(url: str, gate: Gate, file: Path) -> str:
    """Send to twelve, back up after five, and let the campaign end; returns its id."""
    with open_site(url, gate.gateway, SEND_THREADS="1") as site:
        people = [f"+1415555{place:04}" for place in range(12)]
        order = {"recipients": people, "message": "Hello", "brake": {"resend_in_doubt_after": 600}}
        sent = site.post("/api/campaigns/send", order)
        assert sent.status_code == 202, sent.text
        eventually(lambda: len(gate.gateway.sent) == BEFORE + 1)
        told = saved(site, file)
        assert told.exit_code == 0, told.output
        gate.opened.set()
        campaign_id: str = sent.json["campaign"]["id"]
        path = f"/api/campaigns/{campaign_id}"
        eventually(lambda: site.get(path).json["status"] == "finished", 15)
        return campaign_id


def test_nobody_gets_a_text_twice_after_a_restore(
    database_url: str, gate: Gate, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    campaign_id = with_backup_midway(database_url, gate, file)
    assert set(times_sent(gate.gateway).values()) == {1}

    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    with open_site(fresh, gate.gateway, SEND_THREADS="1") as site:
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
        assert max(times_sent(gate.gateway).values()) == 1

        # Only what a person says is sent once more.
        (doubt, *_) = site.get(f"/api/campaigns/{campaign_id}/messages", status="in_doubt").json[
            "messages"
        ]
        answer = {"as": "resend", "confirm": True}
        assert site.post(f"/api/messages/{doubt['id']}/resolve", answer).status_code == 200
        eventually(lambda: max(times_sent(gate.gateway).values()) == 2)
        assert sum(times_sent(gate.gateway).values()) == 12 + 2 + 1


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


def without_a_row(file: Path) -> None:
    with closing(connect(f"sqlite:///{file}")) as database, database.writing() as session:
        session.connection().exec_driver_sql(
            "DELETE FROM messages WHERE id = (SELECT min(id) FROM messages)"
        )


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda file: file.write_bytes(b"no database at all" * 100), "is no backup"),
        (without_a_row, "rows were saved"),
    ],
)
def test_a_damaged_file_is_refused_and_leaves_nothing(
    sqlite_template: Path, tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    (tmp_path / "old.db").write_bytes(sqlite_template.read_bytes())
    file = tmp_path / "backup.db"
    with open_site(f"sqlite:///{tmp_path / 'old.db'}") as site:
        site.campaign(3, scheduled_at=LATER)
        assert saved(site, file).exit_code == 0
        assert file.stat().st_mode & 0o077 == 0
    spoil(file)

    with open_site(f"sqlite:///{tmp_path / 'new.db'}") as site:
        migrate.upgrade(site.house.database)
        refused = brought_back(site, file)
        assert refused.exit_code == 1
        assert told in refused.output
        assert site.rows("campaigns") == []
