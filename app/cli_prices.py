"""`flask prices`: what a segment costs, by country."""

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from app.bootstrap import House
from app.domain.errors import FixInput, Mistake, TryAgain
from app.domain.prices import SetPrice, read_price

_BY = "command line"  # who set them
_COLUMNS = ("country", "currency", "price")


def group(house: House) -> click.Group:
    """The commands about prices."""
    prices = click.Group("prices", help="What a segment costs, by country.")

    @prices.command("list")
    def show() -> None:
        """Every price, with what is really charged."""
        for each in house.services.prices.all().values():
            learned = each.learned
            really = f"  charged: {learned.amount:f} {learned.currency}" if learned else ""
            drift = f" ({each.drift:+.1%})" if each.drift is not None else ""
            click.echo(
                f"{each.country:<4}  {each.amount:f} {each.currency}  {each.source}{really}{drift}"
            )

    @prices.command("set")
    @click.argument("country")
    @click.argument("price")
    @click.argument("currency")
    def change(country: str, price: str, currency: str) -> None:
        """Let a segment to COUNTRY cost PRICE in CURRENCY, as in: US 0.0075 EUR."""
        _set(house, [{"country": country, "currency": currency, "price": price}])

    @prices.command()
    @click.argument("country")
    def unset(country: str) -> None:
        """Forget what was set for COUNTRY, so that the learned price holds."""
        _set(house, [{"country": country, "currency": "", "price": ""}])

    @prices.command("import")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def load(file: Path) -> None:
        """Set the prices of FILE, a CSV with the columns country, currency and price."""
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            rows = csv.DictReader(lines)
            if not set(_COLUMNS) <= set(rows.fieldnames or ()):
                raise click.ClickException(
                    f"{file}: the first line must name the columns {', '.join(_COLUMNS)}"
                )
            _set(house, list(rows))

    return prices


def _set(house: House, rows: Iterable[dict[str, str]]) -> None:
    """Set all of them, or, where there is a mistake, none; an empty price forgets."""
    try:
        changes = _read(rows)
        house.services.prices.set(changes, _BY)
    except (FixInput, TryAgain) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(changes)} set: {', '.join(each.country for each in changes)}")


def _read(rows: Iterable[dict[str, str]]) -> list[SetPrice]:
    """Raises FixInput with every mistake of all of them, by row."""
    read: list[SetPrice] = []
    mistakes: list[Mistake] = []
    for place, row in enumerate(rows, 1):
        try:
            amount = _amount(row["price"] or "", f"row {place}/price")
            read.append(read_price(row["country"] or "", row["currency"], amount, f"row {place}"))
        except FixInput as error:
            mistakes += error.mistakes
    if mistakes:
        raise FixInput(mistakes)
    return read


def _amount(text: str, pointer: str) -> Decimal | None:
    try:
        return Decimal(text.strip()) if text.strip() else None
    except InvalidOperation:
        raise FixInput([Mistake(pointer, 'must be an amount, as in "0.0075"')]) from None
