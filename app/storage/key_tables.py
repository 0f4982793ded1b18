"""API keys, and how many messages each queued on a day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Table


class ApiKeyRow(Table):
    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)  # never given twice: see the audit
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the secret
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    per_minute: Mapped[int | None]
    per_day: Mapped[int | None]


class KeyUsageRow(Table):
    """Kept for keys with a daily cap alone, since launches of one key wait for one another here."""

    __tablename__ = "key_usage"

    key_id: Mapped[str] = mapped_column(Id, ForeignKey("api_keys.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)  # of UTC
    messages: Mapped[int]
