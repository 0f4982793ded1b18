"""The books of consent: a ledger that is only added to, and what it comes to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Number, Table

_UNSETTLED = text("settled_at IS NULL")


class ConsentRow(Table):
    """What happened to our right to write to a number. Triggers refuse changes and deletions.

    The one change that they let through is an erasure: personal columns may become null.
    """

    __tablename__ = "consent_events"
    __table_args__ = (
        UniqueConstraint("chain", "place"),
        Index("ix_consent_events_number", "number"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    chain: Mapped[str] = mapped_column(Id)  # the id of its first row
    place: Mapped[int]  # from 1
    event: Mapped[str] = mapped_column(String(16))  # app.domain.consent_ledger.ConsentKind
    method: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(80))
    wording_version: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    # About the person: null once erased.
    number: Mapped[str | None] = mapped_column(Number)
    wording: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(String(80))
    inbound_uuid: Mapped[str | None] = mapped_column(String(64))  # of the text that said so
    message_id: Mapped[str | None] = mapped_column(String(64))  # that it is about
    source_file: Mapped[str | None] = mapped_column(String(200))
    source_row: Mapped[int | None]
    evidence_url: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[str | None] = mapped_column(String(32))

    personal_digest: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class ConsentHead(Table):
    """Where the chain of a number stands: its end, and the state that it comes to."""

    __tablename__ = "consent_states"
    __table_args__ = (UniqueConstraint("number"),)

    chain: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(Number)  # null once erased
    state: Mapped[str] = mapped_column(String(16))  # app.domain.consent_ledger.ConsentState
    since: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    place: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


class ConsentReview(Table):
    """An opt-out that was understood from other words than a keyword, for a person to read."""

    __tablename__ = "consent_reviews"
    __table_args__ = (
        Index(
            "ix_consent_reviews_unsettled",
            "event_id",
            sqlite_where=_UNSETTLED,
        ),
    )

    event_id: Mapped[str] = mapped_column(Id, ForeignKey("consent_events.id"), primary_key=True)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))
    is_confirmed: Mapped[bool | None]  # false: no opt-out was meant


class ErasedNumber(Table):
    """A number that is forgotten and must not be written to: its keyed hash, and no number."""

    __tablename__ = "erased_numbers"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # HMAC-SHA-256
    key_name: Mapped[str] = mapped_column(String(16), index=True)  # which key it was made with
    chain: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime]


class SenderConsent(Table):
    """How one sender speaks of itself and listens to those who leave."""

    __tablename__ = "sender_consent"

    sender: Mapped[str] = mapped_column(Number, primary_key=True)
    programme_name: Mapped[str | None] = mapped_column(String(40))
    support_contact: Mapped[str | None] = mapped_column(String(60))
    frequency: Mapped[str | None] = mapped_column(String(80))
    opt_out_text: Mapped[str | None] = mapped_column(Text)
    opt_in_text: Mapped[str | None] = mapped_column(Text)
    help_text: Mapped[str | None] = mapped_column(Text)
    opt_out_managed_by: Mapped[str] = mapped_column(String(16))  # us, provider
    words: Mapped[dict[str, Any]] = mapped_column(JSON)  # a Reply for each
