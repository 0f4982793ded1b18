"""What the pace is kept in: of senders, and of campaigns that have one of their own."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Number, Table


class Sender(Table):
    """A number or name that texts come from, with its pace."""

    __tablename__ = "senders"

    name: Mapped[str] = mapped_column(Number, primary_key=True)
    rate: Mapped[float | None]  # messages a second; null: SEND_RATE
    next_slot: Mapped[float]  # seconds since the epoch: no message may leave before
    slowed_to: Mapped[float | None]  # the rate right after the last 429
    slowed_at: Mapped[float | None]  # when that was, seconds since the epoch
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row, without an answer
    registration: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)  # app.domain.registration.Registration; null: nothing is known
    )


class CampaignPace(Table):
    """When the next message of a campaign with a pace of its own may leave; none before its first.

    No column of `campaigns`, whose rows others lock: whoever holds the sender may change this one.
    """

    __tablename__ = "campaign_paces"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"), primary_key=True)
    next_slot: Mapped[float]  # seconds since the epoch
