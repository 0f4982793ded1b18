"""What a database tells about itself and its queue, cheaply at any size."""

from datetime import UTC, datetime

from sqlalchemy import func, literal_column, select, text
from sqlalchemy.orm import Session

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.storage.database import AnyRow
from app.storage.tables import Campaign, Heartbeat, Message, MessageCount

_ON_SQLITE = {
    "version": "SELECT sqlite_version()",
    "journal": "PRAGMA journal_mode",
    "sync": "PRAGMA synchronous",
}
_SYNCHRONOUS = ("off", "normal", "full", "extra")


def version(session: Session) -> tuple[str, str]:
    """The version, and how it keeps a commit: "wal, full", or PostgreSQL's synchronous_commit."""
    if kind(session) == "sqlite":
        told = {name: session.scalar(text(query)) for name, query in _ON_SQLITE.items()}
        return str(told["version"]), f"{told['journal']}, {_SYNCHRONOUS[int(told['sync'] or 0)]}"
    return (
        str(session.scalar(text("SHOW server_version"))),
        str(session.scalar(text("SHOW synchronous_commit"))),
    )


def kind(session: Session) -> str:
    """Either sqlite or postgresql."""
    return session.get_bind().dialect.name


def clock(session: Session, ours: datetime) -> datetime:
    """The database's clock; SQLite has none but ours."""
    if kind(session) == "sqlite":
        return ours
    told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


def try_to_write(session: Session) -> None:
    """Write nothing of any use; raises what a write raises. The caller rolls back."""
    session.execute(text(_TRIAL[kind(session)]))


_TRIAL = {
    "sqlite": "CREATE TABLE doctor_was_here (n INTEGER)",
    "postgresql": "CREATE TEMPORARY TABLE doctor_was_here (n INTEGER)",  # refused by a standby
}


def count_of(session: Session, status: MessageStatus) -> int:
    """How many messages of campaigns have the status, as it is kept."""
    total = select(func.sum(MessageCount.count)).where(MessageCount.status == status)
    return int(session.scalar(total) or 0)


def waiting_of_none(session: Session) -> int:
    """How many messages wait that belong to no campaign; there are never many."""
    alone = select(func.count()).where(
        Message.campaign_id.is_(None), Message.status == MessageStatus.QUEUED
    )
    return session.scalar(alone) or 0


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the message is due that has waited longest; None: nothing is due."""
    both = (oldest_of_campaigns(session, now), oldest_alone(session, now))
    return min((each for each in both if each is not None), default=None)


def oldest_of_campaigns(session: Session, now: datetime) -> datetime | None:
    """The same of campaigns: one look into an index for each that is sending."""
    sending = session.execute(
        select(Campaign.id, Campaign.sender, Campaign.started_at).where(
            # Written out, so that the databases see that the index of open campaigns answers it.
            Campaign.status == literal_column(f"'{CampaignStatus.SENDING.value}'")
        )
    ).all()
    found = [_since(session, row, now) for row in sending]
    return min((each for each in found if each is not None), default=None)


def _since(session: Session, campaign: AnyRow, now: datetime) -> datetime | None:
    due = session.scalar(
        select(func.min(Message.due_at)).where(
            Message.campaign_id == campaign.id,
            Message.sender == campaign.sender,  # in front of the time in the index
            Message.status == MessageStatus.QUEUED,
            Message.due_at <= now,
        )
    )
    return due if due is None else max(due, campaign.started_at or due)


def oldest_alone(session: Session, now: datetime) -> datetime | None:
    """The same of messages of no campaign.

    Most of these are due at once, which says nothing of how long they have waited.
    """
    oldest = (
        select(Message.due_at, Message.created_at)
        .where(
            Message.campaign_id.is_(None),
            Message.status == MessageStatus.QUEUED,
            Message.due_at <= now,
        )
        .order_by(Message.due_at, Message.id)
        .limit(1)
    )
    row = session.execute(oldest).first()
    return max(row.due_at, row.created_at) if row else None


def looked_at(session: Session) -> datetime | None:
    """When a dispatcher last looked at the outbox."""
    return session.scalar(select(func.max(Heartbeat.at)))
