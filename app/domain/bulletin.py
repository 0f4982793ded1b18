"""The last days at a glance: what was sent, what became of it, and what it cost."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.message import TAKEN, MessageStatus

_WENT_WRONG = frozenset({MessageStatus.FAILED, MessageStatus.REJECTED, MessageStatus.UNDELIVERABLE})


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Figures for each of `days`, in their order; amounts by currency."""

    days: Sequence[date]
    sent: Sequence[int]  # taken by Vonage
    delivered: Sequence[int]
    failed: Sequence[int]
    opt_outs: Sequence[int]
    spent: Mapping[str, Sequence[Decimal]]

    @property
    def under_way(self) -> Sequence[int]:
        """Taken, and nothing final is known yet."""
        return [
            max(0, sent - delivered - failed)
            for sent, delivered, failed in zip(self.sent, self.delivered, self.failed, strict=True)
        ]


def bulletin(
    days: Sequence[date],
    outcomes: Iterable[tuple[date, str, int]],
    opt_outs: Mapping[date, int],
    spent: Iterable[tuple[date, str, Decimal]],
) -> Bulletin:
    """Sort what was counted into these days; what is of other days is left out."""
    sums: Counter[tuple[date, MessageStatus]] = Counter()
    for day, status, count in outcomes:
        sums[day, MessageStatus(status)] += count
    amounts: dict[str, dict[date, Decimal]] = {}
    for day, currency, amount in spent:
        of_currency = amounts.setdefault(currency, {})
        of_currency[day] = of_currency.get(day, Decimal(0)) + amount

    def row(statuses: Iterable[MessageStatus]) -> list[int]:
        wanted = tuple(statuses)
        return [sum(sums[day, status] for status in wanted) for day in days]

    return Bulletin(
        days=days,
        sent=row(TAKEN),
        delivered=row([MessageStatus.DELIVERED]),
        failed=row(_WENT_WRONG),
        opt_outs=[opt_outs.get(day, 0) for day in days],
        spent={
            currency: [by_day.get(day, Decimal(0)) for day in days]
            for currency, by_day in sorted(amounts.items())
        },
    )


def last_days(today: date, count: int) -> list[date]:
    """So many days that end with this one."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
