"""API keys: made, told apart, revoked."""

import hmac
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain import api_keys as rules
from app.domain.api_keys import ApiKey, KeyWish
from app.domain.audit import AuditEvent
from app.domain.errors import Conflict, FixInput, Mistake, NotFound, TryAgain
from app.domain.ids import is_id
from app.services.clock import Clock
from app.storage import api_keys, audit
from app.storage.database import Database, Session

_NOTED_EVERY = timedelta(minutes=1)  # a write for each request would be a queue of writers


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown now and never again."""

    key: ApiKey
    secret: str


class Keys:
    """Make keys, find whose a secret is, revoke them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._seen: dict[str, datetime] = {}
        self._noted: datetime | None = None
        self._lock = threading.Lock()

    def create(self, wish: KeyWish, by: str) -> NewKey:
        """A new key; raises FixInput, also when the name was given before."""
        now = self._clock.now()
        wish.check(now)
        secret = rules.secret_of(self._entropy(rules.BITS // 8), is_test=wish.is_test)
        ids = self._clock.ids(now)
        key = ApiKey(
            id=next(ids),
            name=wish.name,
            prefix=rules.prefix_of(secret),
            scopes=wish.scopes,
            is_test=wish.is_test,
            created_at=now,
            created_by=by,
            expires_at=wish.expires_at,
            per_minute=wish.per_minute,
            per_day=wish.per_day,
        )
        details = {"name": key.name, "scopes": sorted(key.scopes), "is_test": key.is_test}
        with self._database.writing() as session:
            if not api_keys.add(session, key, rules.digest_of(secret)):
                taken = "there is or was a key of this name: the audit trail could not tell them"
                raise FixInput([Mistake("/name", f"{taken} apart. Choose another")])
            audit.add(session, AuditEvent(next(ids), now, by, "created", "key", key.id, details))
        return NewKey(key, secret)

    def all(self) -> list[ApiKey]:
        """All that there are and were, the newest first."""
        with self._database.reading() as session:
            return api_keys.everyone(session)

    def queued_today(self) -> dict[str, int]:
        """By id, the messages that keys with a cap have queued in this day of UTC."""
        with self._database.reading() as session:
            return api_keys.queued_on(session, rules.day_of(self._clock.now()))

    def revoke(self, id_or_name: str, by: str) -> ApiKey:
        """End a key at once, everywhere. Raises NotFound, or Conflict when it was ended before."""
        now = self._clock.now()
        event_id = next(self._clock.ids(now))
        with self._database.writing() as session:
            key = _named(session, id_or_name)
            if not api_keys.revoke(session, key.id, now):
                raise Conflict(f"the key {key.name} was revoked before")
            named = {"name": key.name}
            audit.add(session, AuditEvent(event_id, now, by, "revoked", "key", key.id, named))
            return _named(session, key.id)

    def holder(self, secret: str) -> ApiKey | None:
        """The key that has this secret and is valid now; None for every other reason."""
        now = self._clock.now()
        with self._database.reading() as session:
            found = api_keys.with_prefix(session, rules.prefix_of(secret))
        given = rules.digest_of(secret)
        # Compared also where nothing was found, so that it takes as long.
        key, digest = found or (None, rules.digest_of(""))
        is_same = hmac.compare_digest(given, digest)
        if key is None or not is_same or not key.is_valid(now):
            return None
        self._note(key.id, now)
        return key

    def _note(self, key_id: str, now: datetime) -> None:
        """Remember the use; once a minute what is remembered is written, by whoever comes then."""
        with self._lock:
            self._seen[key_id] = now
            if self._noted is not None and now - self._noted < _NOTED_EVERY:
                return
            self._noted = now
            seen, self._seen = self._seen, {}
        with suppress(TryAgain), self._database.writing() as session:  # it is only a hint
            api_keys.used(session, seen)


def _named(session: Session, id_or_name: str) -> ApiKey:
    found = api_keys.find(session, id_or_name, is_id=is_id(id_or_name))
    if found is None:
        raise NotFound("there is no such key")
    return found
