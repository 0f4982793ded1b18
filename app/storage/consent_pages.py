"""The consent ledger as people look at it: one number's history, who opted out, what to review."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.consent_ledger import ConsentKind
from app.domain.suppression import is_pseudonym
from app.storage.consent_tables import ConsentReview, ConsentRow
from app.storage.ledgers import OptOut


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A row of the ledger, as it is kept."""

    id: str
    chain: str
    place: int
    event: str
    method: str
    scope: str
    wording: str | None
    wording_version: str | None
    at: datetime
    expires_at: datetime | None
    number: str | None
    ip: str | None
    user_agent: str | None
    actor: str | None
    inbound_uuid: str | None
    message_id: str | None
    source_file: str | None
    source_row: int | None
    evidence_url: str | None
    seal: str


@dataclass(frozen=True, slots=True)
class OptedOut:
    """A number that nobody may write to."""

    event_id: str
    number: str | None  # None: forgotten
    at: datetime
    method: str
    wording: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """An opt-out that was understood from other words than a keyword."""

    event_id: str
    number: str | None
    at: datetime
    method: str
    wording: str | None
    settled_at: datetime | None
    settled_by: str | None
    is_confirmed: bool | None


_EVENT = tuple(getattr(ConsentRow, name) for name in KeptEvent.__dataclass_fields__)


def history(session: Session, chain: str, limit: int) -> list[KeptEvent]:
    """The newest rows of a chain, the oldest of them first."""
    rows = session.execute(
        select(*_EVENT)
        .where(ConsentRow.chain == chain)
        .order_by(ConsentRow.place.desc())
        .limit(limit)
    )
    return [KeptEvent(*row) for row in reversed(rows.all())]


def opt_outs(
    session: Session, before: str | None, limit: int, number: str | None = None
) -> list[OptedOut]:
    """Who opted out, the newest first: those older than the event `before`, or this number."""
    statement = (
        select(OptOut.event_id, OptOut.number, OptOut.at, ConsentRow.method, ConsentRow.wording)
        .join(ConsentRow, ConsentRow.id == OptOut.event_id)
        .order_by(OptOut.event_id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(OptOut.event_id < before)
    if number is not None:
        statement = statement.where(OptOut.number == number)
    return [
        OptedOut(
            row.event_id,
            None if is_pseudonym(row.number) else row.number,
            row.at,
            row.method,
            row.wording,
        )
        for row in session.execute(statement)
    ]


_REVIEW = (
    *(ConsentReview.event_id, ConsentRow.number, ConsentRow.at, ConsentRow.method),
    *(ConsentRow.wording, ConsentReview.settled_at, ConsentReview.settled_by),
    ConsentReview.is_confirmed,
)


def reviews(session: Session, after: str | None, limit: int) -> list[Review]:
    """What nobody has read yet, the oldest first."""
    statement = (
        select(*_REVIEW)
        .join(ConsentRow, ConsentRow.id == ConsentReview.event_id)
        .where(ConsentReview.settled_at.is_(None), ConsentRow.number.is_not(None))
        .order_by(ConsentReview.event_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(ConsentReview.event_id > after)
    return [Review(*row) for row in session.execute(statement)]


def hold_review(session: Session, event_id: str) -> Review | None:
    """One of them, which nobody else can settle before the transaction ends."""
    row = session.execute(
        select(*_REVIEW)
        .join(ConsentRow, ConsentRow.id == ConsentReview.event_id)
        .where(ConsentReview.event_id == event_id)
        .with_for_update(of=ConsentReview)
    ).first()
    return Review(*row) if row else None


def settle_review(
    session: Session, event_id: str, by: str, now: datetime, *, is_confirmed: bool
) -> None:
    """Write down what a person read in it."""
    values = {"settled_at": now, "settled_by": by, "is_confirmed": is_confirmed}
    session.execute(
        update(ConsentReview).where(ConsentReview.event_id == event_id).values(**values)
    )


def opted_out_since(session: Session, event_id: str) -> datetime | None:
    """When the same person opted out once more after this event."""
    first = select(ConsentRow.chain, ConsentRow.place).where(ConsentRow.id == event_id).subquery()
    return session.scalar(
        select(ConsentRow.at)
        .join(first, first.c.chain == ConsentRow.chain)
        .where(ConsentRow.place > first.c.place, ConsentRow.event == ConsentKind.OPT_OUT)
        .order_by(ConsentRow.place)
        .limit(1)
    )
