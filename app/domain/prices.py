"""What a segment costs, by country: what the operator set, else what was really charged.

No price is ever guessed: a country that nobody set and that was never charged for has none.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from app.domain.errors import FixInput, Mistake

Source = Literal["operator", "learned"]

MILLIONTH = Decimal("0.000001")  # what the database keeps
MOST = Decimal(1000)  # for a segment: more is a slip
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class SetPrice:
    """What an operator says that a segment costs; None: nothing, so that the learned one holds."""

    country: str
    currency: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class LearnedPrice:
    """What segments to a country really cost, on average."""

    country: str
    currency: str
    amount: Decimal
    segments: int  # that it was learned from


@dataclass(frozen=True, slots=True)
class Price:
    """What holds for a country, and what speaks against it."""

    country: str
    currency: str
    amount: Decimal  # a segment
    source: Source
    updated_at: datetime | None = None  # of the operator's
    learned: LearnedPrice | None = None

    @property
    def drift(self) -> Decimal | None:
        """By how much more than what was set is really charged: 0.1 is ten per cent more."""
        if self.source != "operator" or self.learned is None or not self.amount:
            return None
        if self.learned.currency != self.currency:
            return None
        return (self.learned.amount / self.amount - 1).quantize(Decimal("0.0001"))


def price_list(
    operators: Iterable[tuple[SetPrice, datetime]], learned: Iterable[LearnedPrice]
) -> Mapping[str, Price]:
    """What holds, by country: the operator's price where there is one."""
    known = _most_used(learned)
    prices = {
        each.country: Price(each.country, each.currency, each.amount, "learned", learned=each)
        for each in known.values()
    }
    for each, at in operators:
        if each.amount is not None:
            heard = known.get(each.country)
            price = Price(each.country, each.currency, each.amount, "operator", at, heard)
            prices[each.country] = price
    return dict(sorted(prices.items()))


def _most_used(learned: Iterable[LearnedPrice]) -> dict[str, LearnedPrice]:
    """One a country: an account may have changed its currency."""
    best: dict[str, LearnedPrice] = {}
    for each in learned:
        if each.country not in best or best[each.country].segments < each.segments:
            best[each.country] = each
    return best


def average(amount: Decimal, segments: int) -> Decimal:
    """The price of a segment, to the millionth."""
    return (amount / segments).quantize(MILLIONTH, ROUND_HALF_UP)


def read_price(country: str, currency: str | None, amount: Decimal | None, at: str) -> SetPrice:
    """A price as an operator gives it. Raises FixInput with every mistake, below pointer `at`."""
    place = country.strip().upper()
    money = (currency or "").strip().upper()
    mistakes = [
        *_mistakes_of_country(place, f"{at}/country"),
        *(_mistakes_of_amount(money, amount, at) if amount is not None else ()),
    ]
    if mistakes:
        raise FixInput(mistakes)
    return SetPrice(place, money, amount)


def _mistakes_of_country(country: str, pointer: str) -> Iterable[Mistake]:
    code = country.removeprefix("+")
    if country not in SUPPORTED_REGIONS and not (
        country != code and code.isdecimal() and _owns_no_country(int(code))
    ):
        yield Mistake(
            pointer, 'is no country: give two letters as in "US", or "+870" for a satellite code'
        )


def _owns_no_country(code: int) -> bool:
    return COUNTRY_CODE_TO_REGION_CODE.get(code) == ("001",)


def _mistakes_of_amount(currency: str, amount: Decimal, at: str) -> Iterable[Mistake]:
    if not _CURRENCY.fullmatch(currency):
        yield Mistake(f"{at}/currency", 'must be three letters, as in "EUR"')
    if not (amount.is_finite() and 0 <= amount <= MOST):
        yield Mistake(f"{at}/price", f"must be from 0 to {MOST} for one segment")
    elif amount != amount.quantize(MILLIONTH):
        yield Mistake(f"{at}/price", "must have at most six decimal places")
