"""Counts that all processes share, for limits: guesses at passwords, requests of a key."""

import hashlib
from datetime import timedelta

from app.services.clock import Clock
from app.storage import rate_counts
from app.storage.database import Database
from app.storage.rate_counts import Counted


class RateCounts:
    """Counts in whiles that begin with the first time. Raises TryAgain as the database does."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def hit(self, what: str, within: timedelta) -> Counted:
        """Count one more of it."""
        now = self._clock.now()
        with self._database.writing() as session:
            counted = rate_counts.hit(session, _digest(what), now, now + within)
        if counted.count == 1:  # a while began: about as many have ended
            with self._database.writing() as session:
                rate_counts.forget_ended(session, now)
        return counted

    def count(self, what: str) -> int:
        """How often it was counted in the while that lasts."""
        with self._database.reading() as session:
            return rate_counts.count_of(session, _digest(what), self._clock.now())

    def clear(self, what: str) -> None:
        """Begin anew."""
        with self._database.writing() as session:
            rate_counts.clear(session, _digest(what))


def _digest(what: str) -> str:
    """Names and addresses of people are nobody's business here."""
    return hashlib.sha256(what.encode()).hexdigest()
