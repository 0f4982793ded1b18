"""The last days at a glance."""

from datetime import date
from decimal import Decimal

from app.domain.bulletin import bulletin, last_days

DAYS = last_days(date(2026, 3, 1), 2)


def test_days_end_with_today() -> None:
    assert [date(2026, 2, 28), date(2026, 3, 1)] == DAYS


def test_what_was_counted_is_sorted_into_its_day() -> None:
    found = bulletin(
        DAYS,
        [
            (DAYS[0], "delivered", 3),
            (DAYS[0], "delivered", 2),
            (DAYS[0], "submitted", 1),
            (DAYS[1], "rejected", 4),
            (DAYS[1], "failed", 7),
            (DAYS[1], "queued", 9),
            (date(2026, 1, 1), "delivered", 99),
        ],
        {DAYS[1]: 5},
        [(DAYS[0], "EUR", Decimal("1.5")), (DAYS[0], "EUR", Decimal(1)), (DAYS[1], "", Decimal(2))],
    )

    assert found.sent == [6, 4]  # what Vonage refused was never sent
    assert found.delivered == [5, 0]
    assert found.failed == [0, 11]
    assert found.under_way == [1, 0]
    assert found.opt_outs == [0, 5]
    assert found.spent == {"": [0, 2], "EUR": [Decimal("2.5"), 0]}
