"""Users and their sign-ins."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.users import AT_MOST, IDLE, Role, User
from app.storage import upsert
from app.storage.database import AnyRow
from app.storage.user_tables import SignInRow, UserRow

_COLUMNS = [getattr(UserRow, name) for name in User.__dataclass_fields__]


def add(session: Session, user: User, password_hash: str) -> bool:
    """Keep somebody; False: the name is taken, if only at this very moment by another process."""
    values = {**asdict(user), "password_hash": password_hash}
    adding = (
        upsert.insert(session, UserRow)
        .values(values)
        .on_conflict_do_nothing(index_elements=[UserRow.name])
    )
    return session.execute(adding.returning(UserRow.id)).first() is not None


def all_of(session: Session) -> list[User]:
    """Everybody, by name."""
    return [_user(row) for row in session.execute(select(*_COLUMNS).order_by(UserRow.name))]


def named(session: Session, name: str) -> User | None:
    row = session.execute(select(*_COLUMNS).where(UserRow.name == name)).one_or_none()
    return None if row is None else _user(row)


def hash_of(session: Session, user_id: str) -> str | None:
    return session.scalar(select(UserRow.password_hash).where(UserRow.id == user_id))


def change(session: Session, user_id: str, **values: Any) -> None:
    session.execute(update(UserRow).where(UserRow.id == user_id).values(**values))


def admins(session: Session) -> int:
    """How many may decide who may; their rows stay as they are until the transaction ends."""
    held = select(UserRow.id).where(UserRow.role == Role.ADMIN, UserRow.disabled_at.is_(None))
    return len(session.scalars(held.with_for_update()).all())


def sign_in(session: Session, user_id: str, digest: str, now: datetime) -> None:
    """Remember a browser, and forget those whose time is over."""
    over = (SignInRow.seen_at < now - IDLE) | (SignInRow.created_at < now - AT_MOST)
    session.execute(delete(SignInRow).where(over))
    row = {"token_digest": digest, "user_id": user_id, "created_at": now, "seen_at": now}
    session.execute(insert(SignInRow), [row])


def signed_in(session: Session, digest: str, now: datetime) -> tuple[User, datetime] | None:
    """Who uses this browser, and when it was noted last; None: nobody who may."""
    row = session.execute(
        select(*_COLUMNS, SignInRow.seen_at)
        .join(SignInRow, SignInRow.user_id == UserRow.id)
        .where(
            SignInRow.token_digest == digest,
            SignInRow.seen_at >= now - IDLE,
            SignInRow.created_at >= now - AT_MOST,
            UserRow.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (_user(row), row.seen_at)


def seen(session: Session, digest: str, now: datetime) -> None:
    session.execute(update(SignInRow).where(SignInRow.token_digest == digest).values(seen_at=now))


def sign_out(session: Session, digest: str) -> None:
    session.execute(delete(SignInRow).where(SignInRow.token_digest == digest))


def sign_out_everywhere(session: Session, user_id: str, but: str | None = None) -> None:
    """End every sign-in of somebody, except that of one browser."""
    statement = delete(SignInRow).where(SignInRow.user_id == user_id)
    if but is not None:
        statement = statement.where(SignInRow.token_digest != but)
    session.execute(statement)


def last_seen(session: Session) -> dict[str, datetime]:
    """When each of those who are signed in was here last, by id."""
    statement = select(SignInRow.user_id, func.max(SignInRow.seen_at)).group_by(SignInRow.user_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def _user(row: AnyRow) -> User:
    values = {name: row._mapping[name] for name in User.__dataclass_fields__}
    return User(**{**values, "role": Role(values["role"])})
