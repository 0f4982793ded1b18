"""`flask backup` and `flask restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.bootstrap import House
from app.domain.errors import Conflict, TryAgain
from app.storage import backups, engine_schema, migrate
from app.storage.copying import Copied

_NEW = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


def backup(house: House) -> click.Command:
    """`flask backup`."""

    @click.command("backup")
    @click.argument("file", type=_NEW)
    def run(file: Path) -> None:
        """Write everything into FILE, as of one moment; sending goes on meanwhile."""
        try:
            done = backups.save(house.database, file, datetime.now(UTC), _tell)
        except (Conflict, TryAgain, OSError) as error:
            raise click.ClickException(str(error)) from error
        rows = sum(each.rows for each in done.tables)
        click.echo(f"{rows} rows are in {file}, and read back the same.")

    return run


def restore(house: House) -> click.Command:
    """`flask restore`."""

    @click.command("restore")
    @click.argument("file", type=_THERE)
    @click.option("--replace", is_flag=True, help="Take away all that the database holds first.")
    def run(file: Path, *, replace: bool) -> None:
        """Bring FILE back into an empty database. Nothing of it is sent by itself afterwards."""
        now = datetime.now(UTC)
        try:
            migrate.upgrade(house.database)
            engine_schema.upgrade(house.database)
            was, held = backups.restore(file, house.database, now, _tell, replace=replace)
        except (Conflict, TryAgain, OSError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"Everything is as it was at {was.taken_at:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"{held.campaigns} campaigns are paused, {held.messages} messages in doubt:")
        click.echo("they may have been sent since. What to do: docs/operations.md, Backups.")
        if held.drafts:
            click.echo(f"{held.drafts} drafts may have been launched since: look before you do.")
        click.echo("Opt-outs and erasures since then are lost: record them again first.")

    return run


def _tell(copied: Copied) -> None:
    click.echo(f"{copied.rows:>10}  {copied.table}  {copied.checksum}")
