"""Endpoints of outgoing webhooks, and what is to be delivered to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Table

_WAITS = text("status = 'waiting'")
_NAMES_SOMEBODY = text("number IS NOT NULL")
_Place = BigInteger().with_variant(Integer, "sqlite")  # which counts in any integer key


class HookEndpointRow(Table):
    __tablename__ = "hook_endpoints"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(80))
    events: Mapped[list[Any]] = mapped_column(JSON)
    is_enabled: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    # As they are, not hashed: they sign.
    secret: Mapped[str] = mapped_column(String(100))
    old_secret: Mapped[str | None] = mapped_column(String(100))
    old_secret_until: Mapped[datetime | None]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    calls_after: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(Text)


class HookDeliveryRow(Table):
    """One fact for one endpoint, written in the transaction of the fact.

    Without a foreign key: its check would lock an endpoint for everything that happens.
    """

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        Index(
            "ix_hook_deliveries_waiting",
            *("endpoint_id", "due_at", "id"),
            sqlite_where=_WAITS,
        ),
        Index("ix_hook_deliveries_endpoint_id", "endpoint_id", "id"),
        Index(
            "ix_hook_deliveries_number",
            "number",
            sqlite_where=_NAMES_SOMEBODY,
        ),
    )

    id: Mapped[int] = mapped_column(_Place, primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(Id)
    event_id: Mapped[str] = mapped_column(Id)
    event: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]  # when it happened
    number: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int]
    due_at: Mapped[datetime]  # while it is tried: until when nobody else does
    first_at: Mapped[datetime | None]
    # Of the last try.
    tried_at: Mapped[datetime | None]
    code: Mapped[int | None]
    milliseconds: Mapped[int | None]
    excerpt: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    # All of them, the last one too; none where the first was good, of which the above says all.
    tries: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
