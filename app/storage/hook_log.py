"""Deliveries of outgoing webhooks as a person looks at them, and sends them again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.hooks import HookStatus, HookTry
from app.storage import hook_tries
from app.storage.database import AnyRow
from app.storage.hook_tables import HookDeliveryRow, HookEndpointRow

_AT_ONCE = 1_000  # rows a transaction


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One delivery, with what came of its last try, and of all of them."""

    id: int
    endpoint_id: str
    event_id: str
    event: str
    at: datetime
    status: str
    attempts: int
    due_at: datetime
    tried_at: datetime | None
    code: int | None
    milliseconds: int | None
    excerpt: str | None
    problem: str | None
    body: str
    tries: tuple[HookTry, ...]  # the oldest first


_COLUMNS = [getattr(HookDeliveryRow, name) for name in HookDelivery.__dataclass_fields__]


def _afresh(now: datetime) -> dict[str, Any]:
    return {"status": HookStatus.WAITING.value, "attempts": 0, "first_at": None, "due_at": now}


def page(
    session: Session, endpoint_id: str, status: HookStatus | None, before: int | None, limit: int
) -> list[HookDelivery]:
    """Deliveries to one endpoint, the newest first."""
    statement = select(*_COLUMNS).where(HookDeliveryRow.endpoint_id == endpoint_id)
    if status is not None:
        statement = statement.where(HookDeliveryRow.status == status)
    if before is not None:
        statement = statement.where(HookDeliveryRow.id < before)
    rows = session.execute(statement.order_by(HookDeliveryRow.id.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def find(session: Session, endpoint_id: str, delivery_id: int) -> HookDelivery | None:
    row = session.execute(
        select(*_COLUMNS).where(
            HookDeliveryRow.id == delivery_id, HookDeliveryRow.endpoint_id == endpoint_id
        )
    ).one_or_none()
    return None if row is None else _delivery(row)


def _delivery(row: AnyRow) -> HookDelivery:
    values = dict(row._mapping)
    tries = hook_tries.read(row.tries)
    if not tries and row.milliseconds is not None:  # one, of which the row tells by itself
        tries = (HookTry(row.attempts, row.tried_at, row.code, row.milliseconds, row.problem),)
    return HookDelivery(**{**values, "tries": tries})


def replay(session: Session, delivery_id: int, now: datetime) -> bool:
    """Queue it once more under its own id, behind what is new; False when it waits already."""
    done = (HookDeliveryRow.id == delivery_id) & (HookDeliveryRow.status != HookStatus.WAITING)
    statement = update(HookDeliveryRow).where(done).values(_afresh(now))
    return session.execute(statement.returning(HookDeliveryRow.id)).first() is not None


def replay_since(
    session: Session,
    endpoint_id: str,
    since: datetime,
    statuses: frozenset[HookStatus],
    after: int,
    now: datetime,
) -> tuple[int, int]:
    """Queue some that happened since then once more: how many, and the last one's id.

    Begin after 0, go on after the last one, until there were none.
    """
    ids = session.scalars(
        select(HookDeliveryRow.id)
        .where(
            HookDeliveryRow.endpoint_id == endpoint_id,
            HookDeliveryRow.at >= since,
            HookDeliveryRow.status.in_(sorted(statuses)),
            HookDeliveryRow.id > after,
        )
        .order_by(HookDeliveryRow.id)
        .limit(_AT_ONCE)
        .with_for_update()
    ).all()
    if not ids:
        return 0, after
    chosen = update(HookDeliveryRow).where(HookDeliveryRow.id.in_(ids))
    session.execute(chosen.values(_afresh(now)))
    return len(ids), ids[-1]


def forget_person(session: Session, number: str) -> None:
    """Take away all that names this number, told or not."""
    its = select(HookDeliveryRow.id).where(HookDeliveryRow.number == number)
    # In the order in which outcomes are recorded, so that nobody waits in a circle.
    ids = session.scalars(its.order_by(HookDeliveryRow.id).with_for_update()).all()
    for start in range(0, len(ids), _AT_ONCE):
        chosen = HookDeliveryRow.id.in_(ids[start : start + _AT_ONCE])
        session.execute(delete(HookDeliveryRow).where(chosen))


def forget_old(session: Session, before: datetime, after: int) -> tuple[int, int] | None:
    """Take away some that are done with since before then: how many, and the last id seen.

    Begin after 0, go on after the last one; None: what follows is newer. What waits is kept while
    its endpoint is called.
    """
    rows = session.execute(
        select(
            HookDeliveryRow.id,
            HookDeliveryRow.at,
            HookDeliveryRow.tried_at,
            HookDeliveryRow.status,
            HookEndpointRow.is_enabled,
        )
        .join(HookEndpointRow, HookEndpointRow.id == HookDeliveryRow.endpoint_id, isouter=True)
        .where(HookDeliveryRow.id > after)
        .order_by(HookDeliveryRow.id)
        .limit(_AT_ONCE)
    ).all()
    old = [
        row.id
        for row in rows
        if (row.tried_at or row.at) < before
        and (row.status != HookStatus.WAITING or not row.is_enabled)
    ]
    orphans = [row.id for row in rows if row.is_enabled is None]
    gone = sorted({*old, *orphans})
    session.execute(delete(HookDeliveryRow).where(HookDeliveryRow.id.in_(gone)))
    return (len(gone), rows[-1].id) if gone else None
