"""`flask worker`: a process that sends, and does the chores, for web processes that do not."""

import click

from app import worker
from app.bootstrap import House


def command(house: House) -> click.Command:
    """The command."""

    @click.command("worker")
    def start() -> None:
        """Send what waits until SIGTERM; any number of these share the work (PostgreSQL)."""
        if house.settings.is_on_sqlite:
            raise click.ClickException(
                "DATABASE_URL: workers need a PostgreSQL. On SQLite the web process does all the"
                " work: two processes that write to one file would wait for each other."
            )
        worker.run(house)

    return start
