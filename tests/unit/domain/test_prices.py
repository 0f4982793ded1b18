"""Which price holds, how far it is off, and what is refused."""

from decimal import Decimal

import pytest

from app.domain.errors import FixInput
from app.domain.prices import LearnedPrice, SetPrice, average, price_list, read_price
from tests.support.fakes import START


def learned(country: str, amount: str, currency: str = "EUR", segments: int = 10) -> LearnedPrice:
    return LearnedPrice(country, currency, Decimal(amount), segments)


def test_the_operators_price_wins_and_the_drift_is_shown() -> None:
    set_one = SetPrice("US", "EUR", Decimal("0.01"))

    prices = price_list([(set_one, START)], [learned("US", "0.012"), learned("DE", "0.07")])

    assert list(prices) == ["DE", "US"]
    assert (prices["US"].amount, prices["US"].source) == (Decimal("0.01"), "operator")
    assert prices["US"].drift == Decimal("0.2")
    assert (prices["DE"].amount, prices["DE"].source, prices["DE"].drift) == (
        Decimal("0.07"),
        "learned",
        None,
    )


@pytest.mark.parametrize(
    ("amount", "currency"), [("0", "EUR"), ("0.01", "USD")], ids=["free", "another currency"]
)
def test_what_cannot_be_compared_has_no_drift(amount: str, currency: str) -> None:
    set_one = SetPrice("US", currency, Decimal(amount))

    assert price_list([(set_one, START)], [learned("US", "0.012")])["US"].drift is None


def test_of_two_currencies_the_one_with_more_segments_holds() -> None:
    heard = [learned("US", "1", "USD", 3), learned("US", "2", "EUR", 30), learned("US", "3", "GBP")]

    assert price_list([], heard)["US"].currency == "EUR"


def test_an_average_is_exact_to_the_millionth() -> None:
    assert average(Decimal("0.1"), 3) == Decimal("0.033333")
    assert average(Decimal("0.0000035"), 1) == Decimal("0.000004")


@pytest.mark.parametrize(
    ("country", "currency", "amount", "read"),
    [
        (" us ", "eur", "0.0075", SetPrice("US", "EUR", Decimal("0.0075"))),
        ("+870", "USD", "3", SetPrice("+870", "USD", Decimal(3))),
        ("DE", "EUR", "0", SetPrice("DE", "EUR", Decimal(0))),
        ("DE", None, None, SetPrice("DE", "", None)),
    ],
)
def test_prices_are_read(
    country: str, currency: str | None, amount: str | None, read: SetPrice
) -> None:
    given = None if amount is None else Decimal(amount)

    assert read_price(country, currency, given, "/prices/0") == read


@pytest.mark.parametrize(
    ("country", "currency", "amount", "pointers"),
    [
        ("XX", "EUR", "1", {"/country"}),
        ("1", "EUR", "1", {"/country"}),
        ("+1", "EUR", "1", {"/country"}),
        ("+x", "EUR", "1", {"/country"}),
        ("870", "EUR", "1", {"/country"}),
        ("US", "E", "1", {"/currency"}),
        ("US", None, "1", {"/currency"}),
        ("US", "EUR", "-0.01", {"/price"}),
        ("US", "EUR", "1000.01", {"/price"}),
        ("US", "EUR", "NaN", {"/price"}),
        ("US", "EUR", "Infinity", {"/price"}),
        ("US", "EUR", "0.0000001", {"/price"}),
        ("", "", "-1", {"/country", "/currency", "/price"}),
    ],
)
def test_every_mistake_of_a_price_is_named(
    country: str, currency: str | None, amount: str, pointers: set[str]
) -> None:
    with pytest.raises(FixInput) as found:
        read_price(country, currency, Decimal(amount), "/prices/4")

    assert {each.pointer for each in found.value.mistakes} == {f"/prices/4{p}" for p in pointers}
