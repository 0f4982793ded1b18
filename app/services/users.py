"""Who may use the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEvent
from app.domain.errors import Conflict, FixInput, Mistake, NotFound
from app.domain.users import (
    Role,
    User,
    mistakes_in_name,
    mistakes_in_password,
    mistakes_in_zone,
    name_of,
)
from app.services.clock import Clock
from app.services.passwords import Passwords
from app.storage import audit, users
from app.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class UserState:
    """Somebody, and when they were here last; None: they are not signed in anywhere."""

    user: User
    seen_at: datetime | None


class Users:
    """Keep those who may sign in. Whoever does so is named in `by`."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords

    def all(self) -> list[UserState]:
        """Everybody, by name."""
        with self._database.reading() as session:
            seen = users.last_seen(session)
            return [UserState(each, seen.get(each.id)) for each in users.all_of(session)]

    def find(self, name: str) -> User:
        """Raises NotFound."""
        with self._database.reading() as session:
            return _known(session, name)

    def create(self, name: str, role: Role, password: str, by: str) -> User:
        """Let somebody in. Raises FixInput: the name is taken or no name, the password weak."""
        name, now = name_of(name), self._clock.now()
        _check([*mistakes_in_name(name), *mistakes_in_password(password, name)])
        hashed = self._passwords.hash(password)  # before the transaction: it takes its time
        user = User(next(self._clock.ids(now)), name, role, None, now, None)
        with self._database.writing() as session:
            if not users.add(session, user, hashed):
                raise FixInput([Mistake("/name", "is taken: somebody is called so already")])
            self._note(session, "created", user, by, {"name": name, "role": role})
        return user

    def set_role(self, name: str, role: Role, by: str) -> User:
        """Let somebody do more, or less. Raises NotFound, or Conflict for the last admin."""
        with self._database.writing() as session:
            user = _known(session, name)
            if role != user.role:
                _keep_an_admin(session, user)
                users.change(session, user.id, role=role)
                self._note(session, "role set", user, by, {"from": user.role, "to": role})
            return _known(session, name)

    def disable(self, name: str, by: str) -> User:
        """Let somebody in no more, and end what they have open. Raises as `set_role` does."""
        with self._database.writing() as session:
            user = _known(session, name)
            if user.disabled_at is None:
                _keep_an_admin(session, user)
                users.change(session, user.id, disabled_at=self._clock.now())
                users.sign_out_everywhere(session, user.id)
                self._note(session, "disabled", user, by)
            return _known(session, name)

    def enable(self, name: str, by: str) -> User:
        """Let somebody in again, with the password that they had. Raises NotFound."""
        with self._database.writing() as session:
            user = _known(session, name)
            if user.disabled_at is not None:
                users.change(session, user.id, disabled_at=None)
                self._note(session, "enabled", user, by)
            return _known(session, name)

    def set_password(self, name: str, password: str, by: str) -> None:
        """A new password, which ends every sign-in. Raises NotFound or FixInput."""
        _check(mistakes_in_password(password, name_of(name)))
        hashed = self._passwords.hash(password)
        with self._database.writing() as session:
            user = _known(session, name)
            users.change(session, user.id, password_hash=hashed)
            users.sign_out_everywhere(session, user.id)
            self._note(session, "password set", user, by)

    def set_zone(self, name: str, zone: str | None) -> None:
        """The time zone that somebody wants to read times in. Raises FixInput."""
        _check(mistakes_in_zone(zone))
        with self._database.writing() as session:
            users.change(session, _known(session, name).id, time_zone=zone)

    def _note(
        self,
        session: Session,
        action: str,
        user: User,
        by: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        now = self._clock.now()
        told = {"name": user.name, **(details or {})}
        event = AuditEvent(next(self._clock.ids(now)), now, by, action, "user", user.id, told)
        audit.add(session, event)


def _check(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise FixInput(mistakes)


def _known(session: Session, name: str) -> User:
    found = users.named(session, name_of(name))
    if found is None:
        raise NotFound(f"there is no user {name}")
    return found


def _keep_an_admin(session: Session, user: User) -> None:
    is_admin = user.role is Role.ADMIN and user.disabled_at is None
    if is_admin and users.admins(session) == 1:
        raise Conflict(f"{user.name} is the last admin: make somebody else an admin first")
