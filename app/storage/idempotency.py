"""Idempotency keys: who works on a request, whether it is done, and what was answered.

A key is reserved in a short transaction of its own. The transaction that does the work marks it
done, so that the two are committed together or not at all, whatever crashes when.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.errors import StillRunning
from app.storage.tables import IdempotencyKey
from app.storage.upsert import insert

KEPT = timedelta(days=7)
LEASE = timedelta(seconds=60)
_AT_ONCE = 100  # expired keys that are deleted with each new one


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to do the work of a request, for as long as the lease holds."""

    id: str
    resource_id: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was used before."""

    reservation: Reservation
    body_digest: str
    created_at: datetime
    is_done: bool
    answer: Answer | None


def find(session: Session, key_id: str, now: datetime) -> KnownKey | None:
    """What is known of a key, unless that is too long ago."""
    row = session.execute(
        select(IdempotencyKey.__table__).where(
            IdempotencyKey.id == key_id, IdempotencyKey.created_at > now - KEPT
        )
    ).first()
    if row is None:
        return None
    answer = None if row.status is None else Answer(row.status, row.headers or {}, row.body or "")
    reservation = Reservation(row.id, row.resource_id, row.lease_until)
    return KnownKey(reservation, row.body_digest, row.created_at, row.is_done, answer)


def reserve(
    session: Session, key_id: str, body_digest: str, resource_id: str, now: datetime
) -> Reservation | None:
    """Take a key that is new, or whose holder died without doing the work; None: taken.

    Whoever takes over works with the id that the first was given.
    """
    _forget_expired(session, key_id, now)
    statement = insert(session, IdempotencyKey).values(
        id=key_id,
        body_digest=body_digest,
        resource_id=resource_id,
        created_at=now,
        lease_until=now + LEASE,
        is_done=False,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={"lease_until": statement.excluded.lease_until},
        where=(
            ~IdempotencyKey.is_done
            & (IdempotencyKey.lease_until <= now)
            & (IdempotencyKey.body_digest == statement.excluded.body_digest)
        ),
    ).returning(IdempotencyKey.id, IdempotencyKey.resource_id, IdempotencyKey.lease_until)
    row = session.execute(statement).first()
    return None if row is None else Reservation(row.id, row.resource_id, row.lease_until)


def mark_done(session: Session, reservation: Reservation | None) -> None:
    """Say, first of all in the transaction that does the work, that it is done.

    Raises StillRunning when another took over meanwhile. Without a key nothing is to be said.
    """
    if reservation is None:
        return
    done = (
        update(IdempotencyKey)
        .where(_held(reservation), ~IdempotencyKey.is_done)
        .values(is_done=True)
        .returning(IdempotencyKey.id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(done).first() is None:
        raise StillRunning("another request with the same idempotency key took over")


def release(session: Session, reservation: Reservation) -> None:
    """Give a key back of which nothing was done: it is as new."""
    session.execute(delete(IdempotencyKey).where(_held(reservation), ~IdempotencyKey.is_done))


def keep_answer(session: Session, key_id: str, answer: Answer) -> None:
    """Keep what the client was told, unless an answer is there already."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.id == key_id, IdempotencyKey.status.is_(None))
        .values(status=answer.status, headers=answer.headers, body=answer.body)
    )


def _held(reservation: Reservation) -> Any:
    return (IdempotencyKey.id == reservation.id) & (
        IdempotencyKey.lease_until == reservation.lease_until
    )


def _forget_expired(session: Session, key_id: str, now: datetime) -> None:
    expired = (
        select(IdempotencyKey.id)
        .where(IdempotencyKey.created_at <= now - KEPT)
        .order_by(IdempotencyKey.created_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.id.in_(expired))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.id == key_id, IdempotencyKey.created_at <= now - KEPT)
        .execution_options(synchronize_session=False)
    )
