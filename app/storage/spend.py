"""What messages have cost, by day and by campaign: added up as prices are heard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.counts import shard_of
from app.storage.tables import Spend
from app.storage.upsert import insert

_NO_CAMPAIGN = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Paid:
    """An amount in the account's currency, and for how many messages."""

    amount: Decimal
    messages: int


NOTHING = Paid(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Price:
    """A price that was heard for the first time."""

    campaign_id: str | None
    day: date
    amount: Decimal


def add(session: Session, prices: Iterable[Price]) -> None:
    """Add prices up, always in the same order, so that two processes cannot deadlock."""
    sums: dict[tuple[date, str], Paid] = {}
    for price in prices:
        key = (price.day, price.campaign_id or _NO_CAMPAIGN)
        known = sums.get(key, NOTHING)
        sums[key] = Paid(known.amount + price.amount, known.messages + 1)
    shard = shard_of(session)
    rows = [
        {"day": day, "campaign_id": campaign_id, "shard": shard}
        | {"amount": paid.amount, "messages": paid.messages}
        for (day, campaign_id), paid in sorted(sums.items(), key=lambda item: item[0])
    ]
    if rows:
        session.connection().execute(_add_up(insert(session, Spend)), rows)


@cache
def _add_up(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["day", "campaign_id", "shard"],
        set_={
            "amount": Spend.amount + statement.excluded.amount,
            "messages": Spend.messages + statement.excluded.messages,
        },
    )


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
