"""Processes of one installation, as threads of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from sqlalchemy import text

from app.bootstrap import House, build
from app.storage.database import Database
from tests.support.builders import settings
from tests.support.fakes import FakeGateway


class Machines:
    """Processes on one database, as threads of this one."""

    def __init__(self, url: str, **changes: str) -> None:
        self.url = url
        self._changes = changes
        self.gateway = FakeGateway()
        self.web = self.house()  # serves requests only

    def house(self, **changes: str) -> House:
        usual = {"RUNNER": "procrastinate", "WEB_DISPATCH": "off", "SEND_RATE": "1000"}
        chosen = settings(DATABASE_URL=self.url, **{**usual, **self._changes, **changes})
        return build(chosen, gateway=self.gateway)

    @contextmanager
    def worker(self, **changes: str) -> Iterator[House]:
        """A worker at work."""
        house = self.house(**changes)
        thread = Thread(target=house.runner.run_worker)
        thread.start()
        try:
            yield house
        finally:
            house.begin_no_more()
            thread.join(20)
            house.close(10)
        assert not thread.is_alive()

    def jobs(self) -> list[tuple[str, object]]:
        """What waits, and until when."""
        with self.web.database.reading() as session:
            found = session.execute(
                text("SELECT task_name, scheduled_at FROM procrastinate_jobs ORDER BY id")
            )
            return [(row.task_name, row.scheduled_at) for row in found]

    def stored(self, status: str) -> int:
        """How many messages have it."""
        with self.web.database.reading() as session:
            counting = text("SELECT count(*) FROM messages WHERE status = :status")
            return int(session.execute(counting, {"status": status}).scalar_one())


def execute(database: Database, statement: str) -> None:
    with database.writing() as session:
        session.execute(text(statement))
