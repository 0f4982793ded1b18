"""Prices of a segment, by country: set by an operator, and learned from what was charged."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.prices import LearnedPrice, Price, SetPrice, average, price_list
from app.storage.forecasts import PriceRow
from app.storage.tables import Spend
from app.storage.upsert import insert

_REMEMBERED = timedelta(days=90)  # carriers change their prices


def set_price(session: Session, price: SetPrice, now: datetime) -> None:
    """Keep an operator's price, or forget it where it names none."""
    if price.amount is None:
        session.execute(delete(PriceRow).where(PriceRow.country == price.country))
        return
    changed = {"currency": price.currency, "amount": price.amount, "updated_at": now}
    statement = insert(session, PriceRow).values(country=price.country, **changed)
    session.execute(statement.on_conflict_do_update(index_elements=["country"], set_=changed))


def all_of(session: Session, now: datetime) -> Mapping[str, Price]:
    """What holds for each country that has a price."""
    rows = session.execute(
        select(PriceRow.country, PriceRow.currency, PriceRow.amount, PriceRow.updated_at)
    )
    operators = [(SetPrice(row.country, row.currency, row.amount), row.updated_at) for row in rows]
    return price_list(operators, _learned(session, now))


def _learned(session: Session, now: datetime) -> Iterable[LearnedPrice]:
    """Averages of what was charged: `spend` is kept by country, so nothing is counted here."""
    segments = func.sum(Spend.segments)
    rows = session.execute(
        select(Spend.country, Spend.currency, func.sum(Spend.amount), segments)
        .where(Spend.day >= (now - _REMEMBERED).date(), Spend.currency != "")
        .group_by(Spend.country, Spend.currency)
        .having(segments > 0)
    )
    for country, currency, amount, count in rows:
        price = average(Decimal(amount), int(count))
        yield LearnedPrice(country, currency, price, int(count))
