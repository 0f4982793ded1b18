"""Flask commands: parse, call, print."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from app.bootstrap import House
from app.domain.errors import InvalidNumber, TryAgain
from app.services.settling import Totals
from app.storage import migrate
from app.vonage.reports import read_report


def commands(house: House) -> Sequence[click.Command]:
    """The commands of this application: `flask db ...`, `flask senders ...`, `flask settle`."""
    return [_db(house), _senders(house), _settle(house)]


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


_SHOWN = 20  # unreadable rows that are named one by one


def _settle(house: House) -> click.Command:
    @click.command("settle")
    @click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def settle(report: Path) -> None:
        """Settle messages in doubt by REPORT, a CSV file of Vonage's Reports API (MESSAGES)."""
        with report.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            try:
                totals = house.services.settling.settle(read_report(lines, datetime.now(UTC)))
            except TryAgain as error:
                raise click.ClickException(f"{error}; it is safe to run this again") from error
        for line in _told(totals):
            click.echo(line)
        if not totals.readable:
            raise click.ClickException("nothing in the report could be read")

    return settle


def _told(totals: Totals) -> Iterator[str]:
    yield f"{totals.read} rows read"
    yield f"{totals.matched} about messages of ours, {totals.repeated} of them heard before"
    yield f"{totals.settled} settled out of doubt"
    yield f"{totals.unknown} about messages that are not ours"
    yield f"{len(totals.bad)} unreadable"
    for row in totals.bad[:_SHOWN]:
        yield f"  line {row.line}: {row.reason}"
    if len(totals.bad) > _SHOWN:
        yield f"  and {len(totals.bad) - _SHOWN} more"
    if totals.begin and totals.end:
        yield (
            f"{totals.unnamed} still in doubt that were sent in the time of the report"
            f" ({totals.begin:%Y-%m-%d %H:%M} to {totals.end:%Y-%m-%d %H:%M} UTC). That it does"
            " not name them is no proof: they stay in doubt."
        )
