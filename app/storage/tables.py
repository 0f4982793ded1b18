"""One mapped class per table, with the tutorials' words, and an index per query that needs one.

Times are UTC. Statuses are the words of `app.domain.message.MessageStatus`.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times in Python; `timestamptz` on PostgreSQL, text without a zone on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount, kept as whole millionths: SQLite has no decimals, and sums stay exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        return None if value is None else round(value * _MILLION)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _MILLION


_MILLION = 1_000_000


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
    }


_Id = Uuid(as_uuid=False)  # 16 bytes on PostgreSQL, 32 characters on SQLite; str in Python
_Number = String(16)  # E.164: fifteen digits and the plus


class Contact(Table):
    """A person we know: a number, and what a client told us of the person."""

    __tablename__ = "contacts"

    number: Mapped[str] = mapped_column(_Number, primary_key=True)
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Sender(Table):
    """A number or name that texts come from, with its pace."""

    __tablename__ = "senders"

    name: Mapped[str] = mapped_column(_Number, primary_key=True)
    rate: Mapped[float | None]  # messages a second; null: SEND_RATE
    next_slot: Mapped[float]  # seconds since the epoch: no message may leave before
    slowed_to: Mapped[float | None]  # the rate right after the last 429
    slowed_at: Mapped[float | None]  # when that was, seconds since the epoch
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row, without an answer


class Campaign(Table):
    """One text sent to many."""

    __tablename__ = "campaigns"
    __table_args__ = (
        # What the dispatcher asks at every turn; finished campaigns are not in it.
        Index(
            "ix_campaigns_open",
            "status",
            sqlite_where=text("status IN ('scheduled', 'sending')"),
            postgresql_where=text("status IN ('scheduled', 'sending')"),
        ),
        Index("ix_campaigns_fingerprint", "fingerprint", "planned_at"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
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
    allow_duplicate: Mapped[bool]  # the client knows that the same was sent just now
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of who reads what
    planned_at: Mapped[datetime | None]  # its messages were queued
    policy: Mapped[dict[str, Any]]  # when to hold it or stop it: app.domain.policy.Policy
    canary_at: Mapped[datetime | None]  # the last message of the canary was claimed
    is_released: Mapped[bool]  # the canary is over, or there is none
    opt_outs_after: Mapped[int]  # STOPs that answered it
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    recipient_count: Mapped[int]  # as many as the client named, refused ones included
    accepted_count: Mapped[int]
    rejected_count: Mapped[int]
    duplicate_count: Mapped[int]
    opted_out_count: Mapped[int]
    not_valid_count: Mapped[int]  # possible numbers that no numbering plan lists


class CampaignEvent(Table):
    """What held a campaign or let it go on, and who did that. Only ever added to."""

    __tablename__ = "campaign_events"
    __table_args__ = (Index("ix_campaign_events_campaign_id", "campaign_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(_Id, ForeignKey("campaigns.id"))
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(16))  # paused, resumed, started, released, ...
    source: Mapped[str] = mapped_column(String(16))  # client, carrier, us
    by: Mapped[str] = mapped_column(String(80))  # the person or the rule
    reason: Mapped[str | None] = mapped_column(Text)


class OrderPart(Table):
    """Some of the recipients that a client named, as long as the campaign can be planned anew.

    In parts, so that a million of them never stand in memory at once.
    """

    __tablename__ = "order_parts"

    campaign_id: Mapped[str] = mapped_column(_Id, ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # of the first, from 0
    recipients: Mapped[str] = mapped_column(Text)  # a JSON list


class IdempotencyKey(Table):
    """A request that must not be carried out twice, and the answer that it was given."""

    __tablename__ = "idempotency_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256: caller, path and key
    body_digest: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(_Id)  # of the campaign or message that it is about
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

    campaign_id: Mapped[str] = mapped_column(_Id, ForeignKey("campaigns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # in the client's list, from 0
    value: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    duplicate: Mapped[bool]
    number: Mapped[str | None] = mapped_column(_Number)  # where it could be read


_QUEUED = text("status = 'queued'")
_SENDING = text("status = 'sending'")
_IN_DOUBT = text("status = 'in_doubt'")
_OF_EARLIER_TRY = text("message_uuid IS NOT NULL")


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
            postgresql_where=_QUEUED,
        ),
        Index("ix_messages_lease", "lease_until", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("ix_messages_campaign_status", "campaign_id", "status", "id"),
        Index("ix_messages_number", "number"),
        Index("ix_messages_message_uuid", "message_uuid"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    campaign_id: Mapped[str | None] = mapped_column(_Id, ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(_Number)
    sender: Mapped[str] = mapped_column(_Number)
    text: Mapped[str] = mapped_column(Text)  # as rendered for this recipient
    segments: Mapped[int]  # as counted by us

    status: Mapped[str] = mapped_column(String(16))
    status_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)  # for a person
    error_code: Mapped[str | None] = mapped_column(String(40))  # Vonage's
    attempts: Mapped[int]
    earlier_attempts: Mapped[int] = mapped_column(server_default="0")  # before it was queued again
    due_at: Mapped[datetime]  # not to be claimed before
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
            sqlite_where=_OF_EARLIER_TRY,
            postgresql_where=_OF_EARLIER_TRY,
        ),
    )

    message_id: Mapped[str] = mapped_column(_Id, ForeignKey("messages.id"), primary_key=True)
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
            postgresql_where=_IN_DOUBT,
        ),
    )

    campaign_id: Mapped[str] = mapped_column(_Id, ForeignKey("campaigns.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class Spend(Table):
    """What messages have cost, by day and campaign, as Vonage told us; sharded like counts."""

    __tablename__ = "spend"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(_Id, primary_key=True)  # zeros: of no campaign
    shard: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    messages: Mapped[int]  # how many had a price


class Heartbeat(Table):
    """When somebody last looked at the outbox: a long silence means that all was down."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]


class ConsentEvent(Table):
    """What happened to our right to write to a number. Only ever added to."""

    __tablename__ = "consent_events"
    __table_args__ = (Index("ix_consent_events_number", "number"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    number: Mapped[str] = mapped_column(_Number)
    event: Mapped[str] = mapped_column(String(16))  # opt_out, opt_in, help
    method: Mapped[str] = mapped_column(String(16))  # keyword, phrase
    wording: Mapped[str] = mapped_column(Text)  # the person's own words
    at: Mapped[datetime]
    inbound_uuid: Mapped[str | None] = mapped_column(String(64))


class OptOut(Table):
    """The numbers that nobody may write to now: what the consent events come to."""

    __tablename__ = "opt_outs"

    number: Mapped[str] = mapped_column(_Number, primary_key=True)
    at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(_Id, ForeignKey("consent_events.id"))


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


class WebhookEvent(Table):
    """The journal: what Vonage told us, word for word, before anything was made of it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        # Receipts that overtook our own record of the message, waiting for it.
        Index(
            "ix_webhook_events_unmatched",
            "message_uuid",
            sqlite_where=text("matched = 0"),
            postgresql_where=text("NOT matched"),
        ),
        Index("ix_webhook_events_message_id", "message_id"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # status, inbound, unread
    event_key: Mapped[str] = mapped_column(String(200), unique=True)  # a repeat has the same
    received_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    message_uuid: Mapped[str | None] = mapped_column(String(64))
    matched: Mapped[bool]
    # Ours, once known. No foreign key: its check would lock the message before `advance` does,
    # and two receipts of one message would then wait for each other.
    message_id: Mapped[str | None] = mapped_column(_Id)
    receipt: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # the body as it was read
    )


class AuditEvent(Table):
    """What somebody decided. Only ever added to."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject_id", "subject_id", "id"),)

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(16))  # campaign, message
    subject_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
