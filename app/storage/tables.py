"""One mapped class per table, with the tutorials' words, and an index per query that needs one.

Times are UTC. Statuses are the words of `app.domain.message.MessageStatus`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Money, Number, Table

_PAUSED = text("status = 'paused'")
_SENDING = text("status = 'sending'")
_IN_DOUBT = text("status = 'in_doubt'")
_CODED = text("error_code IS NOT NULL")
_NAMED = text("message_uuid IS NOT NULL")  # by Vonage


class Campaign(Table):
    """One text sent to many."""

    __tablename__ = "campaigns"
    __table_args__ = (
        # What the dispatcher asks at every turn; finished campaigns are not in it.
        Index(
            "ix_campaigns_open",
            "status",
            sqlite_where=text("status IN ('scheduled', 'sending')"),
        ),
        # The overview's: another one, since campaigns may stay paused for good.
        Index("ix_campaigns_paused", "id", sqlite_where=_PAUSED),
        Index("ix_campaigns_fingerprint", "fingerprint", "planned_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(ForeignKey("senders.name"))
    status: Mapped[str] = mapped_column(String(16))
    status_reason: Mapped[str | None] = mapped_column(Text)
    status_by: Mapped[str | None] = mapped_column(String(80))  # the person or the rule
    created_at: Mapped[datetime]
    scheduled_at: Mapped[datetime | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))  # that the client thinks in
    not_after: Mapped[datetime | None]  # what has not left by then is skipped
    max_rate: Mapped[float | None]  # messages a second; null: as its sender goes
    allow_duplicate: Mapped[bool]  # the client knows that the same was sent just now
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of who reads what
    planned_at: Mapped[datetime | None]  # its messages were queued
    policy: Mapped[dict[str, Any]]  # when to hold it or stop it: app.domain.policy.Policy
    canary_at: Mapped[datetime | None]  # the last message of the canary was claimed
    is_released: Mapped[bool]  # the canary is over, or there is none
    opt_outs_after: Mapped[int]  # STOPs that answered it
    inbound_after: Mapped[int] = mapped_column(server_default="0")  # other texts that did
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    is_marketing: Mapped[bool] = mapped_column(server_default=false())
    terms: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # app.domain.terms.Terms; null: at any hour
    )
    target: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # lists and audience; null: the client named recipients
    )
    recipient_count: Mapped[int]  # as many as the client named, refused ones included
    accepted_count: Mapped[int]
    rejected_count: Mapped[int]
    duplicate_count: Mapped[int]
    opted_out_count: Mapped[int]
    not_valid_count: Mapped[int]  # possible numbers that no numbering plan lists
    template_id: Mapped[str | None] = mapped_column(Id)  # that the text was copied from
    template_version: Mapped[int | None]
    track_links: Mapped[bool] = mapped_column(server_default=false())
    text_stock: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # segments and what forces Unicode: app.domain.text_stock
    )


class OrderPart(Table):
    """Some of the recipients that a client named, as long as the campaign can be planned anew.

    In parts, so that a million of them never stand in memory at once.
    """

    __tablename__ = "order_parts"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # of the first, from 0
    recipients: Mapped[str] = mapped_column(Text)  # a JSON list


class IdempotencyKey(Table):
    """A request that must not be carried out twice, and the answer that it was given."""

    __tablename__ = "idempotency_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256: caller, path and key
    body_digest: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(Id)  # of the campaign or message that it is about
    created_at: Mapped[datetime] = mapped_column(index=True)
    lease_until: Mapped[datetime]  # not done then: whoever worked on it is dead
    is_done: Mapped[bool]  # set by the transaction that did the work
    status: Mapped[int | None]  # of the answer
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)


class Refusal(Table):
    """A recipient that a client named and that no message was made for."""

    __tablename__ = "refusals"
    __table_args__ = (Index("ix_refusals_number", "number"),)

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # in the client's list, from 0
    value: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    duplicate: Mapped[bool]
    number: Mapped[str | None] = mapped_column(Number)  # where it could be read


_QUEUED = text("status = 'queued'")


class Message(Table):
    """One text to one number. Those that are queued are the outbox."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        Index(
            "ix_messages_outbox",
            "campaign_id",
            "sender",
            "due_at",
            "id",
            sqlite_where=_QUEUED,
        ),
        Index("ix_messages_lease", "lease_until", sqlite_where=_SENDING),
        Index("ix_messages_campaign_status", "campaign_id", "status", "id"),
        Index("ix_messages_number", "number"),
        Index(
            "ix_messages_error_code",
            "campaign_id",
            "error_code",
            "id",
            sqlite_where=_CODED,
        ),
        Index(
            "ix_messages_message_uuid",
            "message_uuid",
            sqlite_where=_NAMED,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str | None] = mapped_column(Id, ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(Number)
    sender: Mapped[str] = mapped_column(Number)
    text: Mapped[str] = mapped_column(Text)  # as rendered for this recipient
    segments: Mapped[int]  # as counted by us

    status: Mapped[str] = mapped_column(String(16))
    status_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)  # for a person
    error_code: Mapped[str | None] = mapped_column(String(40))  # Vonage's
    attempts: Mapped[int]
    earlier_attempts: Mapped[int] = mapped_column(server_default="0")  # before it was queued again
    due_at: Mapped[datetime]  # not to be claimed before
    closes_at: Mapped[datetime | None]  # quiet hours: not to be claimed after
    hold_note: Mapped[str | None] = mapped_column(String(200))  # until when, and why
    lease_until: Mapped[datetime | None]  # still sending then: whoever claimed it is dead

    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # the last attempt began
    accepted_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]

    message_uuid: Mapped[str | None] = mapped_column(String(64))  # Vonage's
    price: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(8))
    billed_segments: Mapped[int | None]  # as counted by Vonage


class AttemptRow(Table):
    """One attempt to hand a message to Vonage, and what came of it."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "ix_attempts_message_uuid",
            "message_uuid",
            sqlite_where=_NAMED,
        ),
    )

    message_id: Mapped[str] = mapped_column(Id, ForeignKey("messages.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    claimed_at: Mapped[datetime | None]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))
    code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)

    # Set when the message was queued again after it; until then they stand with the message.
    status: Mapped[str | None] = mapped_column(String(16))
    message_uuid: Mapped[str | None] = mapped_column(String(64))
    price: Mapped[Decimal | None] = mapped_column(Money)


class MessageCount(Table):
    """How many messages of a campaign have a status, kept by every change, so never counted.

    The count is the sum over the shards: on PostgreSQL several processes keep one each, so that
    they do not wait for one another at one hot row.
    """

    __tablename__ = "message_counts"
    __table_args__ = (
        # Which campaigns have doubts: few, and asked again and again.
        Index(
            "ix_message_counts_in_doubt",
            "campaign_id",
            sqlite_where=_IN_DOUBT,
        ),
    )

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class CampaignDeliveries(Table):
    """How many messages came to what in which minute, kept and sharded like the counts."""

    __tablename__ = "campaign_deliveries"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # since the epoch
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)  # "": none
    shard: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class Spend(Table):
    """What messages have cost, as Vonage told us; sharded like counts.

    By day, campaign and country, since caps are checked and prices are learned by them.
    """

    __tablename__ = "spend"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)  # zeros: of no campaign
    country: Mapped[str] = mapped_column(String(4), primary_key=True)  # ISO 3166-1, or +870
    currency: Mapped[str] = mapped_column(String(8), primary_key=True)  # "": none was named
    shard: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    messages: Mapped[int]  # how many had a price
    segments: Mapped[int]  # of them, as counted by Vonage; where it did not say, by us
    counted: Mapped[int]  # of the same, as counted by us


class Heartbeat(Table):
    """When somebody last looked at the outbox: a long silence means that all was down."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
