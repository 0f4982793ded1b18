"""`flask archive`: takes old messages out of the database."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.bootstrap import House
from app.domain.errors import FixInput, TryAgain
from app.services.archive import Archive
from app.services.clock import Clock


def command(house: House) -> click.Command:
    """The command."""

    @click.command("archive")
    @click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="UTC.")
    @click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), required=True)
    def archive(before: datetime, path: Path) -> None:
        """Move messages of campaigns that ended before a day to a file, and keep their counts.

        The file (JSON lines, gzipped) names people: erasing somebody does not reach it. Safe to
        repeat, and while everything runs.
        """
        try:
            done = Archive(house.database, Clock()).move(before.replace(tzinfo=UTC), path)
        except FixInput as error:
            raise click.BadParameter(str(error)) from error
        except TryAgain as error:
            raise click.ClickException(f"{error}; it is safe to run this again") from error
        click.echo(f"{done.messages} messages of {done.campaigns} campaigns are in {path}.")

    return archive
