"""Flask commands: parse, call, print."""

from collections.abc import Sequence

import click

from app.bootstrap import House
from app.domain.errors import InvalidNumber, TryAgain
from app.storage import migrate


def commands(house: House) -> Sequence[click.Command]:
    """The commands of this application: `flask db ...`, `flask senders ...`."""
    return [_db(house), _senders(house)]


def _db(house: House) -> click.Group:
    group = click.Group("db", help="The database.")

    @group.command()
    def upgrade() -> None:
        """Bring the database to what this version needs."""
        try:
            migrate.upgrade(house.database)
        except TryAgain as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"The database is at {migrate.newest()}.")

    @group.command()
    def check() -> None:
        """Fail when the migrations and the tables differ."""
        if differences := migrate.drift(house.database):
            raise click.ClickException("\n".join(map(str, differences)))
        click.echo("Migrations and tables agree.")

    @group.command()
    @click.argument("message")
    def revise(message: str) -> None:
        """Write the next migration from the difference."""
        migrate.revise(house.database, message)

    return group


def _senders(house: House) -> click.Group:
    group = click.Group("senders", help="The numbers and names that texts come from.")

    @group.command()
    @click.argument("sender")
    @click.argument("messages_a_second", type=click.FloatRange(min=0, min_open=True))
    def rate(sender: str, messages_a_second: float) -> None:
        """Let SENDER send at most so many messages a second, over all processes."""
        try:
            house.services.senders.set_rate(sender, messages_a_second)
        except InvalidNumber as error:
            raise click.BadParameter(str(error)) from error
        click.echo(f"{sender}: {messages_a_second:g} messages a second")

    @group.command("list")
    def show() -> None:
        """Every sender with its rate."""
        for sender in house.services.senders.all():
            click.echo(f"{sender.name}  {sender.pace.rate:g}/s")

    return group
