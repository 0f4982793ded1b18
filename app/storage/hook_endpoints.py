"""Endpoints of outgoing webhooks: kept, changed, removed."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.hooks import HookEndpoint, HookEvent
from app.domain.ids import is_id
from app.storage.database import AnyRow
from app.storage.hook_tables import HookEndpointRow

_COLUMNS = [getattr(HookEndpointRow, name) for name in HookEndpoint.__dataclass_fields__]


def add(session: Session, endpoint: HookEndpoint, secret: str) -> None:
    values = {**asdict(endpoint), "events": sorted(endpoint.events), "secret": secret}
    session.execute(insert(HookEndpointRow).values(values))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(HookEndpointRow)) or 0


def everyone(session: Session) -> list[HookEndpoint]:
    """All of them, the newest first."""
    rows = session.execute(select(*_COLUMNS).order_by(HookEndpointRow.id.desc()))
    return [_endpoint(row) for row in rows]


def find(session: Session, endpoint_id: str, *, to_change: bool = False) -> HookEndpoint | None:
    """This one; held until the transaction ends where it is to be changed."""
    if not is_id(endpoint_id):
        return None
    statement = select(*_COLUMNS).where(HookEndpointRow.id == endpoint_id)
    row = session.execute(statement.with_for_update() if to_change else statement).one_or_none()
    return None if row is None else _endpoint(row)


def change(session: Session, endpoint_id: str, values: Mapping[str, Any]) -> None:
    session.execute(
        update(HookEndpointRow).where(HookEndpointRow.id == endpoint_id).values(**values)
    )


def rotate(session: Session, endpoint_id: str, secret: str, until: datetime) -> None:
    """Sign with a new secret, and until then with the one before as well."""
    change(
        session,
        endpoint_id,
        {"secret": secret, "old_secret": HookEndpointRow.secret, "old_secret_until": until},
    )


def remove(session: Session, endpoint_id: str) -> None:
    """Take it away; what was to be delivered to it is swept up later."""
    session.execute(delete(HookEndpointRow).where(HookEndpointRow.id == endpoint_id))


def disable_all(session: Session, reason: str, now: datetime) -> None:
    """Call none of them until a person enables it."""
    off = {"is_enabled": False, "disabled_at": now, "disabled_reason": reason}
    session.execute(update(HookEndpointRow).where(HookEndpointRow.is_enabled).values(off))


def disabled(session: Session, limit: int) -> list[HookEndpoint]:
    """Those that were given up, and that nobody has looked at since."""
    waiting = ~HookEndpointRow.is_enabled & HookEndpointRow.disabled_reason.is_not(None)
    found = select(*_COLUMNS).where(waiting).order_by(HookEndpointRow.id).limit(limit)
    return [_endpoint(row) for row in session.execute(found)]


def _endpoint(row: AnyRow) -> HookEndpoint:
    values = dict(row._mapping)
    return HookEndpoint(**{**values, "events": frozenset(map(HookEvent, row.events))})
