"""Senders: what texts come from, and how fast."""

from app.domain.sender import read_sender
from app.storage import senders
from app.storage.database import Database
from app.storage.senders import StoredSender


class Senders:
    """Look at senders, set their pace."""

    def __init__(self, database: Database, default_rate: float) -> None:
        self._database = database
        self._default_rate = default_rate

    def set_rate(self, name: str, rate: float) -> None:
        """Let a sender send at most `rate` messages a second, over all processes.

        Raises InvalidNumber when `name` cannot be a sender.
        """
        with self._database.writing() as session:
            senders.set_rate(session, read_sender(name), rate)

    def all(self) -> list[StoredSender]:
        """Every sender that has been used or set."""
        with self._database.reading() as session:
            return senders.everyone(session, self._default_rate)
