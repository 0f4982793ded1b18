"""The books: what was heard and what was decided. Rows are added, and hardly ever changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Number, Table


class CampaignEvent(Table):
    """What held a campaign or let it go on, and who did that. Only ever added to."""

    __tablename__ = "campaign_events"
    __table_args__ = (Index("ix_campaign_events_campaign_id", "campaign_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"))
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(16))  # paused, resumed, started, released, ...
    source: Mapped[str] = mapped_column(String(16))  # client, carrier, us
    by: Mapped[str] = mapped_column(String(80))  # the person or the rule
    reason: Mapped[str | None] = mapped_column(Text)


class OptOut(Table):
    """The numbers that nobody may write to now: what the consent events come to."""

    __tablename__ = "opt_outs"
    __table_args__ = (
        Index("ix_opt_outs_event_id", "event_id"),
        Index("ix_opt_outs_at", "at"),  # what the overview counts by day
    )

    number: Mapped[str] = mapped_column(Number, primary_key=True)
    at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("consent_events.id"))


class InboundText(Table):
    """A text that somebody sent to one of our numbers."""

    __tablename__ = "inbound_messages"
    __table_args__ = (Index("ix_inbound_messages_from_number", "from_number"),)

    message_uuid: Mapped[str] = mapped_column(String(64), primary_key=True)
    from_number: Mapped[str] = mapped_column(String(40))
    to: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    reading: Mapped[str] = mapped_column(String(16))  # opt_out, opt_in, help, other
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime]


class ThreadRow(Table):
    """A number that texted us, as the inbox lists it: kept by every text, so never searched."""

    __tablename__ = "inbox_threads"
    __table_args__ = (
        UniqueConstraint("place"),
        # The unread ones alone: few, and asked for again and again.
        Index(
            "ix_inbox_threads_unread",
            "place",
            sqlite_where=text("unread > 0"),
        ),
    )

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(Id)  # made when its newest text came
    last_uuid: Mapped[str] = mapped_column(String(64))  # of its newest text
    unread: Mapped[int]  # texts since somebody read it


class WebhookEvent(Table):
    """The journal: what Vonage told us, word for word, before anything was made of it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        # Receipts that overtook our own record of the message, waiting for it.
        Index(
            "ix_webhook_events_unmatched",
            "message_uuid",
            sqlite_where=text("NOT matched"),  # read by both databases
        ),
        Index("ix_webhook_events_message_id", "message_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # status, inbound, unread
    event_key: Mapped[str] = mapped_column(String(200), unique=True)  # a repeat has the same
    received_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    message_uuid: Mapped[str | None] = mapped_column(String(64))
    matched: Mapped[bool]
    # Ours, once known. No foreign key: its check would lock the message before `advance` does,
    # and two receipts of one message would then wait for each other.
    message_id: Mapped[str | None] = mapped_column(Id)
    receipt: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # the body as it was read
    )


class AuditEvent(Table):
    """What somebody decided. Only ever added to."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject_id", "subject_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(16))  # campaign, message
    subject_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
