"""What messages have cost, by day, campaign and country: added up as prices are heard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.counts import shard_of
from app.storage.tables import Spend
from app.storage.upsert import adding

_NO_CAMPAIGN = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Paid:
    """An amount in the account's currency, and for how many messages."""

    amount: Decimal
    messages: int


NOTHING = Paid(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Price:
    """A price that was heard for the first time.

    Taken for that of the whole message: Vonage does not say whether it is meant for each segment.
    """

    campaign_id: str | None
    day: date
    country: str
    currency: str
    amount: Decimal
    segments: int  # as counted by Vonage
    counted: int  # as counted by us


_KEY = ("day", "campaign_id", "country", "currency", "shard")
_SUMS = ("amount", "messages", "segments", "counted")
_ADD = adding(Spend, _SUMS)


def add(session: Session, prices: Iterable[Price]) -> None:
    """Add prices up, always in the same order, so that two processes cannot deadlock."""
    shard = shard_of(session)
    rows: dict[tuple[Any, ...], list[Any]] = {}
    for price in prices:
        campaign_id = price.campaign_id or _NO_CAMPAIGN
        key = (price.day, campaign_id, price.country, price.currency, shard)
        known = rows.setdefault(key, [Decimal(0), 0, 0, 0])
        more = (price.amount, 1, price.segments, price.counted)
        rows[key] = [old + new for old, new in zip(known, more, strict=True)]
    if rows:
        values = [
            dict(zip(_KEY + _SUMS, [*key, *sums], strict=True))
            for key, sums in sorted(rows.items())
        ]
        _ADD.run(session, values)


def of_campaigns(session: Session, campaign_ids: Iterable[str]) -> Mapping[str, Paid]:
    """What each campaign has cost so far; one that has cost nothing is left out."""
    rows = session.execute(
        select(Spend.campaign_id, func.sum(Spend.amount), func.sum(Spend.messages))
        .where(Spend.campaign_id.in_(list(campaign_ids)))
        .group_by(Spend.campaign_id)
    )
    return {campaign_id: Paid(Decimal(amount), int(count)) for campaign_id, amount, count in rows}


def of_day(session: Session, now: datetime) -> Decimal:
    """What all messages have cost on this day (UTC)."""
    amount = session.scalar(select(func.sum(Spend.amount)).where(Spend.day == now.date()))
    return Decimal(amount or 0)
