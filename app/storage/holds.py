"""Quiet hours and the frequency cap, as far as the database must be asked about them."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from app.domain.lots import lots
from app.domain.message import TAKEN, MessageStatus
from app.domain.terms import Terms, slot_for
from app.storage import within
from app.storage.columns import UtcDateTime
from app.storage.contact_tables import Contact
from app.storage.database import AnyRow
from app.storage.tables import Campaign, Message

_CHUNK = 5_000
_COUNTED = (*TAKEN, MessageStatus.SENDING, MessageStatus.IN_DOUBT)
_KNOWN = ("time_zone", "postal_code")


def places(session: Session, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
    """What contacts tell of where they are, by number; nothing of those who tell nothing."""
    found: dict[str, dict[str, str]] = {}
    columns = (Contact.number, Contact.time_zone, Contact.postal_code, Contact.fields)
    chosen = select(*columns).where(within.is_one(session, Contact.number))
    for start in range(0, len(numbers), _CHUNK):
        chunk = {"many": within.many(numbers[start : start + _CHUNK])}
        for row in session.connection().execute(chosen, chunk):
            known = {name: row.fields[name] for name in _KNOWN if row.fields.get(name)}
            known |= {name: getattr(row, name) for name in _KNOWN if getattr(row, name)}
            if known:
                found[row.number] = known
    return found


def hold_numbers(session: Session, numbers: Iterable[str]) -> frozenset[str]:
    """Those whose marketing texts no other claim counts before this transaction ends.

    The rest are in the hands of another claim at this moment. It is not waited for, so no two
    claims wait in a circle. On SQLite writers take turns anyway.
    """
    lots = {number: zlib.crc32(number.encode()) % _LOTS for number in numbers}
    if session.get_bind().dialect.name == "sqlite":
        return frozenset(lots)
    wanted = {"lots": sorted(set(lots.values()))}
    held = set(session.connection().execute(_HOLD_LOTS, wanted).scalars())
    return frozenset(number for number, lot in lots.items() if lot in held)


def texts_since(session: Session, numbers: Iterable[str], since: datetime) -> Mapping[str, int]:
    """How many marketing texts each number got since then; zero is left out."""
    found: dict[str, int] = {}
    counting = _TEXTS.where(within.is_one(session, Message.number))
    for lot in lots(numbers, _CHUNK):
        chunk = {"many": within.many(lot), "since": since}
        found |= {row.number: row.texts for row in session.connection().execute(counting, chunk)}
    return found


def capped(session: Session, terms: Terms, numbers: Iterable[str], now: datetime) -> set[str]:
    """Those that have had as many marketing texts as the terms allow."""
    if not terms.cap:
        return set()
    had = texts_since(session, numbers, now - timedelta(hours=terms.cap_hours))
    return {number for number, texts in had.items() if texts >= terms.cap}


def hold_again(session: Session, terms: Terms, rows: Sequence[AnyRow], now: datetime) -> list[str]:
    """Give messages whose window has closed their next one; returns those that have none."""
    where = places(session, [row.number for row in rows])
    never, held = [], []
    for row in rows:
        slot = slot_for(terms, row.number, where.get(row.number, {}), now)
        if slot is None:
            never.append(row.id)
        else:
            held.append(
                {"this_id": row.id, "due": slot.due_at, "end": slot.closes_at, "why": slot.note}
            )
    if held:
        session.connection().execute(_HOLD, held)
    return never


# Two keys, so that they are other locks than those with one. The server has room for some 6,000
# locks (64 for each of 100 connections), so numbers share them: of 100 that a claim takes, about
# two meet one of 100 in another claim by chance, and are taken a moment later.
_LOTS = 4_096
_HOLD_LOTS = text(
    "SELECT lot FROM unnest(CAST(:lots AS integer[])) lot"
    " WHERE pg_try_advisory_xact_lock(4021, lot)"
)
_TEXTS = (
    select(Message.number, func.count().label("texts"))
    .join(Campaign, Campaign.id == Message.campaign_id)
    .where(
        Message.sent_at > bindparam("since", type_=UtcDateTime),
        Message.status.in_(_COUNTED),
        Campaign.is_marketing,
    )
    .group_by(Message.number)
)
_table: Any = Message.__table__
_HOLD = (
    update(_table)
    .where(_table.c.id == bindparam("this_id"))
    .values(due_at=bindparam("due"), closes_at=bindparam("end"), hold_note=bindparam("why"))
)
