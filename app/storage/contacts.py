"""Contacts: the people we know, by number."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.storage.tables import Contact
from app.storage.upsert import insert

_CHUNK = 5_000


def remember(session: Session, people: Mapping[str, Mapping[str, str]], now: datetime) -> None:
    """Keep what a client told us of people; the newest word on a number replaces the older."""
    rows = [
        {"number": number, "fields": dict(fields), "created_at": now, "updated_at": now}
        # Sorted: two campaigns that name the same people never wait for one another in a circle.
        for number, fields in sorted(people.items())
    ]
    statement = insert(session, Contact)
    newest = {"fields": statement.excluded.fields, "updated_at": statement.excluded.updated_at}
    statement = statement.on_conflict_do_update(index_elements=["number"], set_=newest)
    for start in range(0, len(rows), _CHUNK):
        session.execute(statement, rows[start : start + _CHUNK])
