"""What was foreseen: prices, previews that a launch may be bound to, and estimates."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Money, Table


class PriceRow(Table):
    """What an operator says that a segment costs; what was learned is in `spend`."""

    __tablename__ = "prices"

    country: Mapped[str] = mapped_column(String(4), primary_key=True)  # ISO 3166-1, or +870
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Money)  # a segment
    updated_at: Mapped[datetime]


class PreviewRow(Table):
    """What a preview promised: counts and digests, by which a launch is compared with it."""

    __tablename__ = "previews"
    __table_args__ = (Index("ix_previews_created_at", "created_at"),)

    token: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of id and seal
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"))
    created_at: Mapped[datetime]
    seal: Mapped[dict[str, Any]]


class EstimateRow(Table):
    """What was foreseen of a campaign when it was planned."""

    __tablename__ = "estimates"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    at: Mapped[datetime]
    begins_at: Mapped[datetime]
    finishes_at: Mapped[datetime]
    rate: Mapped[float]  # messages a second
    messages: Mapped[int]
    segments: Mapped[int]
    countries: Mapped[dict[str, Any]]  # what goes where, at which price
