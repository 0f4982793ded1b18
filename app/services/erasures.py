"""Forgets people (GDPR, Article 17), and keeps them from being texted all the same."""

from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.phone import PhoneNumber
from app.services.clock import Clock
from app.storage import erasure
from app.storage.database import Database


class Erasures:
    """Forgets a person."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def erase(self, number: PhoneNumber, actor: str) -> None:
        """Take away all that is personal, whether or not anything is known; for good.

        Raises Conflict without CONSENT_HASH_KEY, and TryAgain while a large campaign is planned.
        """
        now = self._clock.now()
        event = ConsentEvent(
            id=next(self._clock.ids(now)),
            number=number,
            event=ConsentKind.ERASE,
            method="operator",
            wording=None,
            at=now,
            salt=self._clock.entropy().hex(),
            actor=actor,
        )
        with self._database.reading() as session:
            found = erasure.traces(session, number)
        with self._database.writing() as session:
            erasure.forget(session, event, found)
