"""API keys: kept, found and worn out."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.api_keys import ApiKey
from app.domain.scopes import Scope
from app.storage.database import AnyRow
from app.storage.key_tables import ApiKeyRow, KeyUsageRow
from app.storage.upsert import insert

_COLUMNS = [getattr(ApiKeyRow, name) for name in ApiKey.__dataclass_fields__]


def add(session: Session, key: ApiKey, digest: str) -> bool:
    """Keep a key; False when there is or was one of that name."""
    values = {**asdict(key), "scopes": sorted(key.scopes), "digest": digest}
    statement = insert(session, ApiKeyRow).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(ApiKeyRow.id)).one_or_none() is not None


def everyone(session: Session) -> list[ApiKey]:
    """All that there are and were, the newest first."""
    return [_key(row) for row in session.execute(select(*_COLUMNS).order_by(ApiKeyRow.id.desc()))]


def find(session: Session, id_or_name: str, *, is_id: bool) -> ApiKey | None:
    column = ApiKeyRow.id if is_id else ApiKeyRow.name
    row = session.execute(select(*_COLUMNS).where(column == id_or_name)).one_or_none()
    return None if row is None else _key(row)


def with_prefix(session: Session, prefix: str) -> tuple[ApiKey, str] | None:
    """The key that begins so, and the digest of its whole secret."""
    statement = select(*_COLUMNS, ApiKeyRow.digest).where(ApiKeyRow.prefix == prefix)
    row = session.execute(statement).one_or_none()
    return None if row is None else (_key(row), row.digest)


def revoke(session: Session, key_id: str, now: datetime) -> bool:
    """End it; False when that was done before."""
    still = (ApiKeyRow.id == key_id) & ApiKeyRow.revoked_at.is_(None)
    statement = update(ApiKeyRow).where(still).values(revoked_at=now).returning(ApiKeyRow.id)
    return session.execute(statement).one_or_none() is not None


def used(session: Session, seen: Mapping[str, datetime]) -> None:
    """Note when keys were used, in the order of their ids, so that no two writers deadlock."""
    for key_id in sorted(seen):
        session.execute(
            update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=seen[key_id])
        )


def count(session: Session, key_id: str, day: date, messages: int) -> int:
    """Add messages to those of the day; the sum. The row is locked until the transaction ends."""
    row = {"key_id": key_id, "day": day, "messages": messages}
    statement = insert(session, KeyUsageRow).values(row)
    added = statement.on_conflict_do_update(
        index_elements=["key_id", "day"],
        set_={"messages": KeyUsageRow.messages + statement.excluded.messages},
    )
    return int(session.execute(added.returning(KeyUsageRow.messages)).scalar_one())


def queued_on(session: Session, day: date) -> dict[str, int]:
    """The messages of a day by key; keys without a cap are not counted."""
    total = func.sum(KeyUsageRow.messages)
    grouped = select(KeyUsageRow.key_id, total).where(KeyUsageRow.day == day)
    return {key: int(sum_) for key, sum_ in session.execute(grouped.group_by(KeyUsageRow.key_id))}


def _key(row: AnyRow) -> ApiKey:
    values: dict[str, Any] = {name: getattr(row, name) for name in ApiKey.__dataclass_fields__}
    return ApiKey(**{**values, "scopes": frozenset(map(Scope, row.scopes))})
