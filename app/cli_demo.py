"""`flask demo-data`: something to look at before there is anything real."""

import click

from app.bootstrap import House
from app.domain.demo_people import MOST_PEOPLE
from app.domain.errors import CarillonError
from app.services.demo_data import DemoSize

_MOST = 10_000_000


def demo_data(house: House) -> click.Command:
    """`flask demo-data`."""

    @click.command("demo-data")
    @click.option("--messages", type=click.IntRange(1, _MOST), default=3_000, show_default=True)
    @click.option("--contacts", type=click.IntRange(1, MOST_PEOPLE), default=500, show_default=True)
    @click.option("--seed", type=int, default=1, show_default=True, help="The same gives the same.")
    def run(messages: int, contacts: int, seed: int) -> None:
        """Fill an empty database with made-up people, campaigns and receipts of thirty days."""
        try:
            house.services.demo_data.fill(DemoSize(messages, contacts, seed))
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{contacts} contacts and {messages} messages were made up.")

    return run
