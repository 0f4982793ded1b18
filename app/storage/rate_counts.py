"""How often something happened within a while, counted by all processes together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, case, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.storage.columns import Table
from app.storage.upsert import insert

_AT_ONCE = 500  # rows that are taken away in one go


class RateCountRow(Table):
    """A while, and what was counted in it. On PostgreSQL not logged: a crash may forget it."""

    __tablename__ = "rate_counts"
    __table_args__ = (Index("ix_rate_counts_ends_at", "ends_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of what is counted
    ends_at: Mapped[datetime]
    count: Mapped[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often it happened, this time included, in the while that ends then."""

    count: int
    ends_at: datetime


def hit(session: Session, digest: str, now: datetime, ends_at: datetime) -> Counted:
    """Count one more; where nothing is counted now, in a new while that ends at `ends_at`."""
    is_over = RateCountRow.ends_at <= now
    statement = insert(session, RateCountRow).values(digest=digest, ends_at=ends_at, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[RateCountRow.digest],
        set_={
            "count": case((is_over, 1), else_=RateCountRow.count + 1),
            "ends_at": case((is_over, statement.excluded.ends_at), else_=RateCountRow.ends_at),
        },
    ).returning(RateCountRow.count, RateCountRow.ends_at)
    row = session.execute(counted).one()
    return Counted(row[0], row[1])


def count_of(session: Session, digest: str, now: datetime) -> int:
    found = session.scalar(
        select(RateCountRow.count).where(RateCountRow.digest == digest, RateCountRow.ends_at > now)
    )
    return found or 0


def clear(session: Session, digest: str) -> None:
    session.execute(delete(RateCountRow).where(RateCountRow.digest == digest))


def forget_ended(session: Session, now: datetime) -> None:
    """Take away what is over, except what others count at this moment."""
    over = (
        select(RateCountRow.digest)
        .where(RateCountRow.ends_at <= now)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(RateCountRow).where(RateCountRow.digest.in_(over)))
