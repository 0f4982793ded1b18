"""Old messages leave the database, their counts stay, and nothing is lost on the way."""

import gzip
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.domain.errors import FixInput
from app.domain.message import MessageStatus, Outcome, OutcomeKind
from app.services.archive import Archive
from app.services.clock import Clock
from app.storage.database import Database
from tests.support.builders import numbers, order
from tests.support.desk import Desk


def count(database: Database, table: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 (a name from a test)


def test_messages_of_ended_campaigns_are_moved_and_stay_counted(
    database: Database, tmp_path: Path
) -> None:
    desk = Desk(database)
    old = desk.campaigns.launch(order(3)).state
    desk.send_all()
    doubtful = desk.campaigns.launch(order(numbers(2, first=50))).state
    taken = desk.claim()
    desk.record(taken[:1])
    desk.record(taken[1:], lambda _: Outcome(OutcomeKind.IN_DOUBT, "no answer"))
    desk.receive(taken[0], MessageStatus.DELIVERED)
    desk.clock.forward(100 * 86_400)
    desk.claim()  # somebody dispatches again: else what is launched now would be late
    young = desk.campaigns.launch(order(numbers(4, first=90))).state
    desk.send_all()
    path = tmp_path / "old.jsonl.gz"
    before = desk.clock() - timedelta(days=95)

    archive = Archive(database, Clock(desk.clock))
    done = archive.move(before, path)

    assert (done.campaigns, done.messages) == (2, 4)
    assert count(database, "messages") == 5  # the young ones, and the doubt
    assert count(database, "attempts") == 5
    assert desk.counts(old) == {"accepted": 3}
    assert desk.counts(doubtful) == {"delivered": 1, "in_doubt": 1}
    assert desk.counts(young) == {"accepted": 4}
    assert desk.campaigns.messages(old.campaign.id, None, None, 10) == []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert Counter(table for table, _ in rows) == {
        "messages": 4,
        "attempts": 4,
        "webhook_events": 1,
    }
    assert sorted(row["number"] for table, row in rows if table == "messages")[:3] == numbers(3)
    assert archive.move(before, path).messages == 0


def test_what_may_still_change_is_not_archived(database: Database, tmp_path: Path) -> None:
    desk = Desk(database)

    with pytest.raises(FixInput):
        Archive(database, Clock(desk.clock)).move(desk.clock(), tmp_path / "young.gz")
