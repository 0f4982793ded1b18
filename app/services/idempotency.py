"""Requests that a client may repeat without fear: each is carried out once."""

import hashlib

from app.domain.errors import KeyReused, StillRunning
from app.services.clock import Clock
from app.storage import idempotency
from app.storage.database import Database
from app.storage.idempotency import Answer, KnownKey, Reservation


def key_id(caller: str, path: str, key: str) -> str:
    """What a key is stored under: the same words of another caller are another key."""
    return hashlib.sha256(f"{caller}\n{path}\n{key}".encode()).hexdigest()


class Idempotency:
    """Remembers requests that came with a key, and what they were answered."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, key: str, body_digest: str, resource_id: str | None = None
    ) -> Reservation | KnownKey:
        """The right to do the work, with the id to do it with; or what is known of work done.

        Raises KeyReused for another body, StillRunning while somebody else is at it. Who died at it
        is replaced when the lease is over.
        """
        known = self._find(key)
        if known is None or self._is_abandoned(known):
            mine = self._reserve(key, body_digest, resource_id)
            if mine is not None:
                return mine
            known = self._find(key)
        if known is not None and known.body_digest != body_digest:
            raise KeyReused("this idempotency key was used with another body")
        if known is None or not (known.is_done or known.answer):
            raise StillRunning("a request with this idempotency key is being worked on")
        return known

    def keep_answer(self, key: str, answer: Answer) -> None:
        """Remember what the client was told."""
        with self._database.writing() as session:
            idempotency.keep_answer(session, key, answer)

    def release(self, reservation: Reservation) -> None:
        """The work failed: unless it was committed, the key is as new."""
        with self._database.writing() as session:
            idempotency.release(session, reservation)

    def _find(self, key: str) -> KnownKey | None:
        with self._database.reading() as session:
            return idempotency.find(session, key, self._clock.now())

    def _is_abandoned(self, known: KnownKey) -> bool:
        return not known.is_done and known.reservation.lease_until <= self._clock.now()

    def _reserve(self, key: str, body_digest: str, resource_id: str | None) -> Reservation | None:
        now = self._clock.now()
        resource_id = resource_id or next(self._clock.ids(now))
        with self._database.writing() as session:
            return idempotency.reserve(session, key, body_digest, resource_id, now)
