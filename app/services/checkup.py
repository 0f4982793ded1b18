"""Looks at the database as an operator would."""

from dataclasses import replace

from app.domain.checkup import Condition, SenderFacts
from app.domain.message import MessageStatus
from app.services.clock import Clock
from app.storage import condition, migrate, sender_texts, senders
from app.storage.database import Database, Session


class Checkup:
    """What the database tells."""

    def __init__(self, database: Database, clock: Clock, default_rate: float) -> None:
        self._database = database
        self._clock = clock
        self._default_rate = default_rate

    def look(self) -> Condition:
        """Ask for everything, and try to write. Raises TryAgain when it cannot be used.

        Of a database that was not migrated only what it is; so much is known without our tables.
        """
        with self._database.writing() as session:
            condition.try_to_write(session)
            session.rollback()
        now = self._clock.now()
        with self._database.reading() as session:
            version, durability = condition.version(session)
            found = Condition(
                kind=condition.kind(session),
                version=version,
                durability=durability,
                clock=condition.clock(session, now),
                revision=migrate.revision_of(session),
            )
            return self._with_queue(session, found) if found.revision == migrate.newest() else found

    def drift(self, found: Condition) -> float:
        """By how many seconds our clock is ahead of the database's."""
        return (self._clock.now() - found.clock).total_seconds()

    def _with_queue(self, session: Session, found: Condition) -> Condition:
        now = self._clock.now()
        queued = condition.count_of(session, MessageStatus.QUEUED)
        return replace(
            found,
            senders=[
                SenderFacts(
                    each.name,
                    each.pace.rate,
                    sender_texts.of_sender(session, each.name).add_opt_out_line,
                )
                for each in senders.everyone(session, self._default_rate)
            ],
            waiting=queued + condition.waiting_of_none(session),
            oldest_due=condition.oldest_due(session, now),
            in_doubt=condition.count_of(session, MessageStatus.IN_DOUBT),
            looked_at=condition.looked_at(session),
        )
