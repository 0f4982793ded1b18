"""The commands, loaded when somebody asks for one: a server never does."""

from functools import cached_property

import click
from flask.cli import AppGroup

from app.bootstrap import House


class LateCommands(AppGroup):
    """What `flask` finds beside its own."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._ours})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._ours.get(cmd_name)

    @cached_property
    def _ours(self) -> dict[str, click.Command]:
        from app.cli import commands  # noqa: PLC0415 (that is what is late)

        return {str(command.name): command for command in commands(self._house)}
