"""`flask hours`: the quiet hours that can be named, and the operator's own."""

import re

import click

from app.bootstrap import House
from app.domain.errors import CarillonError
from app.domain.hour_presets import Preset
from app.domain.quiet_hours import Hours, weekly
from app.web.views import clock_text

_BY = "command line"
_CLOSED = "closed"
_OPEN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY_END = 24 * 60


class _Day(click.ParamType[Hours]):
    """Hours as in 09:00-19:30, or closed."""

    name = "HH:MM-HH:MM|closed"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Hours:
        """Minutes after midnight, from and until; None: closed."""
        if value == _CLOSED:
            return None
        if read := _OPEN.fullmatch(str(value)):
            opens, closes = int(read[1]) * 60 + int(read[2]), int(read[3]) * 60 + int(read[4])
            if opens < closes <= _DAY_END:
                return opens, closes
        return self.fail('must be hours as in "09:00-19:30", or "closed"', param, ctx)


def group(house: House) -> click.Group:
    """The commands about hours."""

    @click.group("hours", invoke_without_command=True)
    @click.pass_context
    def hours(context: click.Context) -> None:
        """The quiet hours that can be named, each with its source."""
        if context.invoked_subcommand is None:
            for name, each in house.services.hour_presets.all().items():
                click.echo(_line(name, each))

    @hours.command("set")
    @click.argument("name")
    @click.option("--weekdays", type=_Day(), required=True)
    @click.option("--saturday", type=_Day(), required=True)
    @click.option("--sunday", type=_Day(), required=True)
    @click.option("--title", default="", help="For people; NAME if it is left out.")
    @click.option("--source", default="the operator's own", help="Why: a law, a promise.")
    @click.option("--holidays", type=click.Choice(["open", _CLOSED]), default="open")
    def set_hours(  # noqa: PLR0913, PLR0917 (click hands each option on by name)
        name: str,
        weekdays: Hours,
        saturday: Hours,
        sunday: Hours,
        title: str,
        source: str,
        holidays: str,
    ) -> None:
        """Make the preset NAME, or give it other hours. Campaigns that are there keep theirs."""
        window = weekly(weekdays, saturday, sunday)
        given = Preset(title or name, window, source, holidays == _CLOSED)
        presets = house.services.hour_presets
        try:
            save = presets.change if name in presets.all() else presets.create
            click.echo(_line(name, save(name, given, _BY)))
        except CarillonError as error:
            raise click.ClickException(str(error)) from error

    @hours.command()
    @click.argument("name")
    def delete(name: str) -> None:
        """Let no new campaign use the preset NAME."""
        try:
            house.services.hour_presets.delete(name, _BY)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{name} is deleted; campaigns that used it keep its hours.")

    return hours


def _line(name: str, each: Preset) -> str:
    days = (each.window.days[place] for place in (0, 5, 6))
    shown = ", ".join(f"{clock_text(d[0])}-{clock_text(d[1])}" if d else _CLOSED for d in days)
    shown += ", holidays closed" if each.closed_on_holidays else ""
    return f"{name:<10}  {shown:<38}  {each.title} ({each.source})"
