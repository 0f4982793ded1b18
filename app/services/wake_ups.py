"""Reminders to look at the outbox, made anew from what waits: any of them may get lost."""

from datetime import timedelta

from app.sending.ports import Runner
from app.services.clock import Clock
from app.storage import campaign_status
from app.storage.database import Database

EVERY = 10  # seconds


class WakeUps:
    """Makes them."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def rebuild(self) -> int:
        """One for now if anything is due, one for each moment until the next call; how many."""
        now = self._clock.now()
        with self._database.writing() as session:
            soon = now + timedelta(seconds=2 * EVERY)
            moments = campaign_status.moments_of_work(session, now, soon)
            for at in moments:
                self._runner.schedule(session, at)
        return len(moments)
