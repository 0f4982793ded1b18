"""Deliveries of outgoing webhooks, claimed and recorded: each its own short transaction.

A claim counts the try and keeps others away for a minute; whoever dies meanwhile leaves it to be
tried again. So an endpoint hears of everything at least once, and sometimes twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.hooks import HookCall, HookStatus, HookTry
from app.storage import hook_tries
from app.storage.columns import UtcDateTime
from app.storage.hook_tables import HookDeliveryRow, HookEndpointRow

LEASE = timedelta(seconds=60)  # longer than any try takes

_WAITS = HookDeliveryRow.status == HookStatus.WAITING


@dataclass(frozen=True, slots=True)
class Callee:
    """An endpoint that has something due, and may be called."""

    id: str
    url: str
    secrets: tuple[str, ...]
    is_failing: bool


def callees(session: Session, now: datetime) -> list[Callee]:
    """Endpoints with something due now, in the order of their ids."""
    due = (
        select(HookDeliveryRow.id)
        .where(HookDeliveryRow.endpoint_id == HookEndpointRow.id, _WAITS)
        .where(HookDeliveryRow.due_at <= now)
        .exists()
    )
    may_be_called = or_(HookEndpointRow.calls_after.is_(None), HookEndpointRow.calls_after <= now)
    rows = session.scalars(
        select(HookEndpointRow)
        .where(HookEndpointRow.is_enabled, may_be_called, due)
        .order_by(HookEndpointRow.id)
    )
    return [Callee(row.id, row.url, _secrets(row, now), row.failures > 0) for row in rows]


def _secrets(row: HookEndpointRow, now: datetime) -> tuple[str, ...]:
    if row.old_secret and row.old_secret_until and now < row.old_secret_until:
        return (row.secret, row.old_secret)
    return (row.secret,)


def claim(session: Session, callee: Callee, room: int, now: datetime) -> list[HookCall]:
    """Take up to `room` deliveries to an endpoint, the longest due first."""
    ids = session.scalars(
        select(HookDeliveryRow.id)
        .where(HookDeliveryRow.endpoint_id == callee.id, _WAITS, HookDeliveryRow.due_at <= now)
        .order_by(HookDeliveryRow.due_at, HookDeliveryRow.id)
        .limit(room)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return []
    rows = session.execute(
        update(HookDeliveryRow)
        .where(HookDeliveryRow.id.in_(ids))
        .values(
            attempts=HookDeliveryRow.attempts + 1,
            first_at=func.coalesce(HookDeliveryRow.first_at, bindparam("now", now, UtcDateTime)),
            tried_at=now,
            due_at=now + LEASE,
        )
        .returning(
            *(HookDeliveryRow.id, HookDeliveryRow.event_id, HookDeliveryRow.body),
            *(HookDeliveryRow.attempts, HookDeliveryRow.first_at, HookDeliveryRow.tries),
        )
    ).all()
    return [
        HookCall(
            *(row.id, callee.id, row.event_id, callee.url, callee.secrets),
            *(row.body, row.attempts, row.first_at or now, now, hook_tries.read(row.tries)),
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


_OF_A_TRY = ("status", "due_at", "code", "milliseconds", "excerpt", "problem")
_RECORD = (
    update(HookDeliveryRow.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    # Not what was sent again, or taken over by others, meanwhile.
    .where(
        HookDeliveryRow.id == bindparam("this_id"),
        HookDeliveryRow.attempts == bindparam("this_attempt"),
        _WAITS,
    )
    .values({name: bindparam(f"new_{name}") for name in (*_OF_A_TRY, "tries")})
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What is to be recorded of one try."""

    call: HookCall
    status: HookStatus
    due_at: datetime
    code: int | None
    milliseconds: int
    excerpt: str
    problem: str | None

    @property
    def tries(self) -> tuple[HookTry, ...]:
        """All of them, this one last."""
        call = self.call
        this = HookTry(call.attempt, call.at, self.code, self.milliseconds, self.problem)
        return (*call.earlier, this)


def record(session: Session, tries: Sequence[Tried]) -> None:
    """Write down what came of tries."""
    rows = [
        {
            "this_id": each.call.id,
            "this_attempt": each.call.attempt,
            **{f"new_{name}": getattr(each, name) for name in _OF_A_TRY},
            "new_tries": hook_tries.written(each.tries),
        }
        for each in sorted(tries, key=lambda each: each.call.id)
    ]
    if rows:
        session.connection().execute(_RECORD, rows)


def settle(session: Session, endpoint_ids: Sequence[str]) -> None:
    """These succeeded: whatever failed before is forgotten. Those that did not fail stay as is."""
    failing = HookEndpointRow.id.in_(endpoint_ids) & (HookEndpointRow.failures > 0)
    well: Mapping[str, object] = {"failures": 0, "failing_since": None, "calls_after": None}
    session.execute(update(HookEndpointRow).where(failing).values(**well))
