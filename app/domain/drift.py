"""Estimate against actual: like is compared with like, at any time, on what is known by then."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.estimate import Estimate

SEGMENTS_TOLERANCE = 0.02  # our counter follows the standard: two in a hundred are news
COST_TOLERANCE = 0.10  # networks of one country differ by as much
LATE_TOLERANCE = 0.25  # of the time that was foreseen
_SLIGHT = 300.0  # seconds late that nobody minds


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged in one country and currency, for messages whose price is known."""

    country: str
    currency: str
    amount: Decimal
    messages: int
    segments: int  # as Vonage counts
    counted: int  # of the same messages, as we count


@dataclass(frozen=True, slots=True)
class CostDrift:
    """In one currency: what the messages charged so far should have cost, and what they did."""

    currency: str
    expected: Decimal | None  # None: the estimate had no price for some of them
    actual: Decimal

    @property
    def drift(self) -> float | None:
        return float(self.actual / self.expected - 1) if self.expected else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far an estimate was from the truth."""

    charged_messages: int
    billed_segments: int
    counted_segments: int
    costs: tuple[CostDrift, ...]
    late_seconds: float | None  # None: it is not finished
    alarms: tuple[str, ...] = ()

    @property
    def segments_drift(self) -> float | None:
        if not self.counted_segments:
            return None
        return self.billed_segments / self.counted_segments - 1


def compare(
    foreseen: Estimate, charged: Iterable[Charged], finished_at: datetime | None
) -> Comparison:
    """The estimate beside what Vonage charged so far, and beside the clock."""
    known = list(charged)
    late = None if finished_at is None else (finished_at - foreseen.finishes_at).total_seconds()
    found = Comparison(
        charged_messages=sum(each.messages for each in known),
        billed_segments=sum(each.segments for each in known),
        counted_segments=sum(each.counted for each in known),
        costs=tuple(_costs(foreseen, known)),
        late_seconds=late,
    )
    return Comparison(
        found.charged_messages,
        found.billed_segments,
        found.counted_segments,
        found.costs,
        late,
        tuple(_alarms(foreseen, found)),
    )


def _costs(foreseen: Estimate, charged: Iterable[Charged]) -> Iterator[CostDrift]:
    prices = {(each.country, each.currency): each.price for each in foreseen.countries}
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    actual: defaultdict[str, Decimal] = defaultdict(Decimal)
    without_price = set()
    for each in charged:
        price = prices.get((each.country, each.currency))
        actual[each.currency] += each.amount
        if price is None:
            without_price.add(each.currency)
        else:
            expected[each.currency] += price * each.counted
    for name in sorted(actual):
        yield CostDrift(name, None if name in without_price else expected[name], actual[name])


def _alarms(foreseen: Estimate, found: Comparison) -> Iterator[str]:
    if found.segments_drift is not None and abs(found.segments_drift) > SEGMENTS_TOLERANCE:
        yield (
            f"Vonage counted {found.billed_segments} segments where we counted"
            f" {found.counted_segments} ({found.segments_drift:+.1%})"
        )
    for cost in found.costs:
        if cost.drift is not None and abs(cost.drift) > COST_TOLERANCE:
            yield (
                f"{cost.actual:.2f} {cost.currency} was charged where {cost.expected:.2f} was"
                f" expected ({cost.drift:+.1%}): correct the prices"
            )
    planned = (foreseen.finishes_at - foreseen.begins_at).total_seconds()
    if found.late_seconds is not None and found.late_seconds > max(
        _SLIGHT, LATE_TOLERANCE * planned
    ):
        yield f"it finished {found.late_seconds / 60:.0f} minutes later than foreseen"


def by_currency(charged: Iterable[Charged]) -> Mapping[str, Decimal]:
    """What was charged in each currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in charged:
        sums[each.currency] += each.amount
    return dict(sorted(sums.items()))
