"""What is exported, a page at a time, so that a million rows are never held in memory."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from app.domain.contact import Person
from app.storage.contact_tables import Contact
from app.storage.contacts import PERSON, as_person, tags_of
from app.storage.ledgers import OptOut


def field_names(session: Session) -> list[str]:
    """The name of every free field that any contact has, in order."""
    if session.get_bind().dialect.name == "sqlite":
        keys = func.json_each(Contact.fields).table_valued("key")
        names = select(keys.c.key).select_from(Contact).join(keys, true())
    else:
        key: Any = func.json_object_keys(Contact.fields).column_valued("key", joins_implicitly=True)
        names = select(key).select_from(Contact)
    found = session.scalars(names.distinct())
    return sorted(found)


def contacts(session: Session, after: str, limit: int) -> list[tuple[Person, datetime | None]]:
    """Contacts behind this number, and since when each is opted out."""
    statement = (
        select(*PERSON, OptOut.at.label("opted_out_at"))
        .outerjoin(OptOut, OptOut.number == Contact.number)
        .where(Contact.number > after)
        .order_by(Contact.number)
        .limit(limit)
    )
    rows = session.execute(statement).all()
    tags = tags_of(session, [row.number for row in rows])
    return [(as_person(row, tags[row.number]), row.opted_out_at) for row in rows]
