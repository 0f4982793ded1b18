"""Flask commands: parse, call, print."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from app import (
    cli_archive,
    cli_backup,
    cli_campaigns,
    cli_copy,
    cli_demo,
    cli_doctor,
    cli_hours,
    cli_keys,
    cli_people,
    cli_prices,
    cli_reviews,
    cli_texts,
    cli_users,
    cli_webhooks,
    cli_worker,
)
from app.bootstrap import House
from app.cli_consent import consent_commands, retention_command
from app.cli_contacts import contact_commands
from app.domain.errors import InvalidNumber, TryAgain
from app.domain.phone import read_number
from app.domain.timeline import Evidence
from app.services.settling import Totals
from app.services.timeline import Timeline
from app.storage import engine_schema, migrate
from app.vonage.reports import read_report
from app.web import timelines


def commands(house: House) -> Sequence[click.Command]:
    """The commands: `flask db ...`, `senders ...`, `why`, `settle`, `contacts ...`, and so on."""
    further = [contact_commands(house), cli_campaigns.group(house), cli_prices.group(house)]
    further += [consent_commands(house), cli_people.lists(house), cli_people.audiences(house)]
    further += [cli_texts.templates(house), cli_reviews.reviews(house), cli_users.users(house)]
    ours = [_db(house), _senders(house), _why(house), _settle(house), retention_command(house)]
    ours += [
        cli_demo.demo_data(house),
        cli_doctor.doctor(house),
        cli_backup.backup(house),
        cli_backup.restore(house),
        cli_reviews.opt_in(house),
        cli_texts.segments,
        cli_hours.group(house),
        cli_worker.command(house),
        cli_keys.keys(house),
        cli_webhooks.webhooks(house),
        cli_archive.command(house),
    ]
    return [*ours, *further]


def _db(house: House) -> click.Group:
    group = click.Group("db", help="The database.")

    @group.command()
    def upgrade() -> None:
        """Bring the database to what this version needs, and the queue engine's tables."""
        try:
            migrate.upgrade(house.database)
            engine = engine_schema.upgrade(house.database)
        except TryAgain as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"The database is at {migrate.newest()}.")
        if engine:
            click.echo(f"The queue engine's tables are those of Procrastinate {engine}.")

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

    group.add_command(cli_copy.copy)
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


def _why(house: House) -> click.Command:
    @click.command("why")
    @click.argument("number")
    @click.option("--json", "as_json", is_flag=True, help="As the API answers.")
    def why(number: str, *, as_json: bool) -> None:
        """Why did NUMBER get it, or why not: every decision about it, in order."""
        try:
            timeline = house.services.timelines.of(read_number(number))
        except InvalidNumber as error:
            raise click.BadParameter(str(error)) from error
        except TryAgain as error:
            raise click.ClickException(str(error)) from error
        if as_json:
            click.echo(json.dumps(timelines.shown(timeline), indent=2, ensure_ascii=False))
        else:
            click.echo("\n".join(_told(timeline)))

    return why


def _told(timeline: Timeline) -> Iterator[str]:
    """Lines for a terminal. A message is named once and then by its place, as in [1]."""
    yield f"{timeline.number}{'  (opted out)' if timeline.is_opted_out else ''}"
    if timeline.note:
        yield timeline.note
    places = {}
    for place, verdict in enumerate(timeline.summary, 1):
        places[verdict.message_id] = f"[{place}]"
        name = verdict.campaign_name or "no campaign"
        yield f"\n{f'[{place}]':>5}  {name}: {verdict.sentence}"
        yield f"{'':5}  message {verdict.message_id or '-'}, campaign {verdict.campaign_id or '-'}"
    if timeline.entries:
        yield ""
    for entry in timeline.entries:
        about = places.get(entry.evidence.message_id, "") if entry.evidence.message_id else ""
        at = f"{entry.at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        begin = f"{about:>5}  {at}  {entry.what:<15}  {entry.source:<9}  "
        yield begin + entry.sentence
        yield f"{'':{len(begin)}}rule: {entry.rule}{_where(entry.evidence)}"


def _where(evidence: Evidence) -> str:
    """The ids that are not shown with the message."""
    ids = {
        "webhook event": evidence.webhook_event_id,
        "consent event": evidence.consent_event_id,
    }
    shown = ", ".join(f"{name} {value}" for name, value in ids.items() if value)
    return f" ({shown})" if shown else ""


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
        for line in _totals_told(totals):
            click.echo(line)
        if not totals.readable:
            raise click.ClickException("nothing in the report could be read")

    return settle


def _totals_told(totals: Totals) -> Iterator[str]:
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
