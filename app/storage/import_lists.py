"""Lists as files name them: by their names, made where they are missing."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.contact_tables import ContactList
from app.storage.upsert import insert


def named(
    session: Session, names: Sequence[str], ids: Iterator[str], now: datetime
) -> dict[str, str]:
    """The id of each list by its name; those that are not there are made."""
    wanted = sorted(set(names))
    found = _found(session, wanted)
    if missing := [name for name in wanted if name not in found]:
        stamps = {"created_at": now, "updated_at": now}
        rows = [{"id": next(ids), "name": name, **stamps} for name in missing]
        session.execute(insert(session, ContactList).on_conflict_do_nothing(), rows)
        found |= _found(session, missing)  # another may have made it just now
    return found


def _found(session: Session, names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    rows = session.execute(
        select(ContactList.name, ContactList.id).where(ContactList.name.in_(names))
    )
    return {row.name: row.id for row in rows}


def existing(session: Session, ids: Sequence[str]) -> set[str]:
    """Those among the ids that are lists."""
    if not ids:
        return set()
    return set(session.scalars(select(ContactList.id).where(ContactList.id.in_(ids))))
