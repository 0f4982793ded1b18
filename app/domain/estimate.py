"""What a campaign will cost and when it will be done; later, how far that was from the truth."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.prices import Price
from app.domain.tally import Tally
from app.domain.throughput import HEADROOM


@dataclass(frozen=True, slots=True)
class CountryCost:
    """What goes to one country. `price` is for a segment; None: nobody knows it."""

    country: str
    messages: int
    segments: int
    price: Decimal | None = None
    currency: str | None = None
    source: str | None = None

    @property
    def amount(self) -> Decimal | None:
        return None if self.price is None else self.price * self.segments

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "price": None if self.price is None else str(self.price)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "CountryCost":
        price = kept["price"]
        return cls(**{**kept, "price": None if price is None else Decimal(price)})


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was foreseen of a campaign."""

    at: datetime
    begins_at: datetime
    finishes_at: datetime
    rate: float  # messages a second, as the sender went then
    messages: int
    segments: int
    countries: tuple[CountryCost, ...]

    @property
    def costs(self) -> Mapping[str, Decimal]:
        """The sum in each currency, of what has a price."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for each in self.countries:
            if each.amount is not None and each.currency is not None:
                sums[each.currency] += each.amount
        return dict(sorted(sums.items()))

    @property
    def unpriced(self) -> tuple[int, int]:
        """Messages and segments to countries without a price."""
        unknown = [each for each in self.countries if each.price is None]
        return sum(each.messages for each in unknown), sum(each.segments for each in unknown)


def estimate(
    tally: Tally, prices: Mapping[str, Price], rate: float, canary_wait: float, now: datetime
) -> Estimate:
    """What these decisions come to at these prices, at so many messages a second."""
    return Estimate(
        at=now,
        begins_at=tally.begins_at,
        finishes_at=_finish(tally, rate, canary_wait),
        rate=rate,
        messages=tally.messages,
        segments=tally.segments,
        countries=tuple(_costs(tally, prices)),
    )


def _costs(tally: Tally, prices: Mapping[str, Price]) -> Iterable[CountryCost]:
    for country, segments in sorted(tally.segments_to.items(), key=lambda item: (-item[1], item)):
        counted = (country, tally.messages_to[country], segments)
        price = prices.get(country)
        if price is None:
            yield CountryCost(*counted)
        else:
            yield CountryCost(*counted, price.amount, price.currency, price.source)


def _finish(tally: Tally, rate: float, canary_wait: float) -> datetime:
    """When the last message leaves, if nothing else leaves from the same sender."""
    if not tally.messages:
        return tally.begins_at
    done = _after(tally.begins_at, canary_wait + seconds_for(tally.sent_now, rate))
    for until, count in sorted(tally.held.items()):
        done = _after(max(done, until), seconds_for(count, rate))
    return done


def seconds_for(messages: int, rate: float) -> float:
    """How long a sender takes for so many."""
    return messages * (1 + HEADROOM) / rate


_FAR = timedelta(days=36500)


def _after(moment: datetime, seconds: float) -> datetime:
    """Later, or the end of the calendar."""
    try:
        return moment + min(timedelta(seconds=seconds), _FAR)
    except OverflowError:
        return datetime.max.replace(tzinfo=moment.tzinfo)
