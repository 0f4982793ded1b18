"""Senders: what texts come from, each with a pace of its own."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.domain.registration import Registration
from app.domain.throughput import Pace
from app.storage.database import AnyRow
from app.storage.pace_tables import Sender
from app.storage.upsert import insert


@dataclass(frozen=True, slots=True)
class StoredSender:
    """A sender with its pace; `own_rate` is None where the default rate holds."""

    name: str
    own_rate: float | None
    pace: Pace
    registration: Registration | None = None  # as far as somebody noted it


def add(session: Session, name: str) -> None:
    """Make sure that the sender has a pace to keep."""
    statement = insert(session, Sender).values(name=name, rate=None, next_slot=0.0, failures=0)
    session.execute(statement.on_conflict_do_nothing())


def set_rate(session: Session, name: str, rate: float | None) -> None:
    """Let a sender send `rate` messages a second from its next claim on; None: the default."""
    statement = insert(session, Sender).values(name=name, rate=rate, next_slot=0.0, failures=0)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"rate": rate}))


def register(session: Session, name: str, registration: Registration | None) -> None:
    """Note the registration of a sender that is there."""
    kept = registration.as_json() if registration else None
    session.execute(update(Sender).where(Sender.name == name).values(registration=kept))


def everyone(session: Session, default_rate: float) -> list[StoredSender]:
    """All senders by name."""
    rows = session.execute(select(*_COLUMNS, Sender.registration).order_by(Sender.name))
    return [_stored(row, default_rate) for row in rows]


def find(session: Session, name: str, default_rate: float) -> StoredSender | None:
    """The sender with this name."""
    chosen = select(*_COLUMNS, Sender.registration).where(Sender.name == name)
    row = session.execute(chosen).first()
    return _stored(row, default_rate) if row else None


def hold(session: Session, name: str, default_rate: float, now: float) -> Pace:
    """The pace of a sender, which nobody else can change before this transaction ends."""
    row = session.connection().execute(_HOLD, {"sender": name}).one()
    return _pace(row, default_rate).believable(now)


def failures(session: Session, name: str) -> int:
    """How many attempts in a row did not reach Vonage, as committed; nothing is held."""
    found: int = session.connection().execute(_FAILURES, {"sender": name}).scalar_one()
    return found


def hold_all(session: Session, names: Iterable[str]) -> None:
    """Let nobody else change the pace of these; in one order, so that nobody waits in a circle."""
    chosen = select(Sender.name).where(Sender.name.in_(sorted(names)))
    session.execute(chosen.order_by(Sender.name).with_for_update())


def keep(session: Session, name: str, pace: Pace) -> None:
    """Write down the pace of a sender that this transaction holds."""
    session.connection().execute(
        _KEEP,
        {
            "sender": name,
            "slot": pace.next_slot,
            "to": pace.slowed_to,
            "at": pace.slowed_at,
            "failed": pace.failures,
        },
    )


_COLUMNS = (
    *(Sender.name, Sender.rate, Sender.next_slot),
    *(Sender.slowed_to, Sender.slowed_at, Sender.failures),
)
# Campaigns that are being stored hold on to the key of their sender, for minutes if they are large;
# `key_share` does not wait for them.
_HOLD = select(*_COLUMNS).where(Sender.name == bindparam("sender")).with_for_update(key_share=True)
_FAILURES = select(Sender.failures).where(Sender.name == bindparam("sender"))
_KEEP = (
    update(Sender.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(Sender.name == bindparam("sender"))
    .values(
        next_slot=bindparam("slot"),
        slowed_to=bindparam("to"),
        slowed_at=bindparam("at"),
        failures=bindparam("failed"),
    )
)


def _stored(row: AnyRow, default_rate: float) -> StoredSender:
    kept = row.registration
    registration = Registration.from_json(kept) if kept else None
    return StoredSender(row.name, row.rate, _pace(row, default_rate), registration)


def _pace(row: AnyRow, default_rate: float) -> Pace:
    rate = row.rate or default_rate
    return Pace(rate, row.next_slot, row.slowed_to, row.slowed_at, row.failures)
