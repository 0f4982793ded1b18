"""Prices: what an operator sets, beside what Vonage really charges."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.audit import AuditEvent
from app.domain.prices import Price, SetPrice
from app.services.clock import Clock
from app.storage import audit, prices
from app.storage.database import Database


class Prices:
    """Look at prices, set them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> Mapping[str, Price]:
        """What holds for each country that has a price, by country."""
        with self._database.reading() as session:
            return prices.all_of(session, self._clock.now())

    def set(self, changes: Sequence[SetPrice], by: str) -> Mapping[str, Price]:
        """Set these, and forget those without an amount; what is not named stays."""
        now = self._clock.now()
        ids = self._clock.ids(now)
        with self._database.writing() as session:
            for change in changes:
                prices.set_price(session, change, now)
                details = _details(change)
                event = AuditEvent(next(ids), now, by, "priced", "price", change.country, details)
                audit.add(session, event)
            return prices.all_of(session, now)


def _details(change: SetPrice) -> dict[str, Any]:
    if change.amount is None:
        return {"price": None}
    return {"price": f"{change.amount:f}", "currency": change.currency}
