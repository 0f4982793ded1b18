"""Signing in and out. A browser holds a token; we keep its digest, and can end it at any time."""

import hashlib

from app.domain.errors import FixInput, Mistake, NotAuthentic
from app.domain.users import NOTED_EVERY, User, mistakes_in_password, name_of
from app.services.clock import Clock
from app.services.passwords import Passwords
from app.storage import users
from app.storage.database import Database


class SignIns:
    """Who is there?"""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords

    def begin(self, name: str, password: str) -> str:
        """The token for a browser.

        Raises NotAuthentic, as late and as silent for a name that nobody has as for a password
        that is wrong.
        """
        with self._database.reading() as session:
            user = users.named(session, name_of(name))
            kept = users.hash_of(session, user.id) if user and user.disabled_at is None else None
        if not self._passwords.matches(password, kept) or user is None:
            raise NotAuthentic("name or password wrong")
        return self.remember(user)

    def remember(self, user: User) -> str:
        """The token for a browser of somebody who has shown who they are."""
        token = (self._clock.entropy() + self._clock.entropy() + self._clock.entropy()).hex()
        with self._database.writing() as session:
            users.sign_in(session, user.id, _digest(token), self._clock.now())
        return token

    def who(self, token: str) -> User | None:
        """Whose browser this is; None: nobody's, or its time is over."""
        digest, now = _digest(token), self._clock.now()
        with self._database.reading() as session:
            found = users.signed_in(session, digest, now)
        if found is None:
            return None
        user, seen_at = found
        if now - seen_at >= NOTED_EVERY:
            with self._database.writing() as session:
                users.seen(session, digest, now)
        return user

    def change_password(self, token: str, user: User, old: str, new: str) -> None:
        """A new password for oneself; other browsers are signed out. Raises FixInput by field."""
        mistakes = mistakes_in_password(new, user.name)
        with self._database.reading() as session:
            kept = users.hash_of(session, user.id)
        if not self._passwords.matches(old, kept):
            mistakes.append(Mistake("/old", "is not your password"))
        if mistakes:
            raise FixInput(mistakes)
        hashed = self._passwords.hash(new)
        with self._database.writing() as session:
            users.change(session, user.id, password_hash=hashed)
            users.sign_out_everywhere(session, user.id, but=_digest(token))

    def end(self, token: str) -> None:
        """Sign this browser out."""
        with self._database.writing() as session:
            users.sign_out(session, _digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
