"""`flask contacts import` and `flask contacts export`."""

import time
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click

from app.bootstrap import House
from app.domain.contact import OnExisting
from app.domain.errors import CarillonError
from app.domain.import_order import ImportStatus
from app.domain.import_wish import Wish
from app.services.imports import Upload
from app.sheets.writing import csv_text
from app.storage.imports import StoredImport
from app.web.import_views import imported, links

_ACTOR = "command line"
_LOOK = 1.0  # seconds between looks, while another process has the import
_SHOWN = 20  # problems that are named one by one


def contact_commands(house: House) -> click.Group:
    """The commands `contacts ...`."""
    group = click.Group("contacts", help="The people we know.")
    group.add_command(_import(house))
    group.add_command(_export(house))
    return group


def _import(house: House) -> click.Command:
    @click.command("import")
    @click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
    @click.option("--resume", "import_id", metavar="ID", help="Go on with an import.")
    @click.option("--map", "mapping", multiple=True, metavar="HEADING=TARGET")
    @click.option("--on-existing", type=click.Choice([*OnExisting]), default=OnExisting.UPDATE)
    @click.option("--list", "lists", multiple=True, help="Add everybody to this list.")
    @click.option("--tag", "tags", multiple=True, help="Give everybody this tag.")
    @click.option("--region", "default_region", help='Of numbers without country code: "GB".')
    @click.option("--time-zone", help="Of whoever's row names none.")
    @click.option("--language", help="Of whoever's row names none.")
    def run(file: str | None, import_id: str | None, **wish: Any) -> None:
        """Import contacts from FILE, CSV or XLSX; after a crash go on with --resume ID."""
        if (file is None) == (import_id is None):
            raise click.UsageError("give either FILE or --resume ID")
        try:
            job = _begun(house, Path(file), _wish(wish)) if file else _found(house, str(import_id))
            _work(house, job)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error

    return run


def _begun(house: House, file: Path, wish: Wish) -> StoredImport:
    with file.open("rb") as stream:
        job = house.services.imports.upload(Upload(stream, file.name, _ACTOR), wish)
    started = house.services.imports.start(job.id, wish, _ACTOR, wake=False)
    click.echo(f"Import {job.id} of {job.filename}; if it breaks off: --resume {job.id}")
    for column in imported(started)["sheet"]["columns"]:
        click.echo(f"  {column['heading']} -> {column['target'] or '(left out)'}")
    return started


def _found(house: House, import_id: str) -> StoredImport:
    job = house.services.imports.find(import_id)
    if job.status is ImportStatus.PREVIEWED:
        return house.services.imports.start(job.id, Wish(), _ACTOR, wake=False)
    return job


def _wish(given: dict[str, Any]) -> Wish:
    """The options as a wish. Raises BadParameter."""
    pairs = [each.rpartition("=") for each in given["mapping"]]
    if any(not equals for _, equals, _ in pairs):
        raise click.BadParameter("write HEADING=TARGET, as in Mobil=number", param_hint="--map")
    mapping = {heading: target for heading, _, target in pairs}
    return Wish(**{**given, "mapping": mapping, "on_existing": OnExisting(given["on_existing"])})


def _work(house: House, job: StoredImport) -> None:
    """Do the import here, or look on while another process does."""
    with click.progressbar(length=max(1, job.size), label="Reading") as bar:
        bar.update(job.position)

        def watch(seen: StoredImport) -> None:
            bar.update(seen.position - bar.pos)

        house.services.import_work.run(job.id, watch)
        job = house.services.imports.find(job.id)
        while job.finished_at is None:
            time.sleep(_LOOK)
            house.services.import_work.run(job.id, watch)
            job = house.services.imports.find(job.id)
            watch(job)
    _tell(house, job)


def _tell(house: House, job: StoredImport) -> None:
    counts = asdict(job.tally).items()
    click.echo(", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts))
    problems = house.services.imports.problems(job.id)
    for each in islice(problems, _SHOWN):
        click.echo(f"  row {each.row}, {each.column or 'whole row'}: {each.value!r} {each.problem}")
    if (more := sum(1 for _ in problems)) > 0:
        click.echo(f"  and {more} more: GET {links(job.id)['errors']}")
    if job.status is not ImportStatus.DONE:
        raise click.ClickException(f"the import is {job.status}: {job.reason}")


def _export(house: House) -> click.Command:
    @click.command("export")
    @click.argument("file", type=click.File("w", encoding="utf-8", lazy=False), default="-")
    def export(file: IO[str]) -> None:
        """Write every contact to FILE as CSV, or to the terminal."""
        table = house.services.exports.contacts()
        for text in csv_text(table.header, table.rows):
            file.write(text)

    return export
