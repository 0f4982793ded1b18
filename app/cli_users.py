"""`flask users`: who may use the dashboard."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.bootstrap import House
from app.domain.errors import CarillonError, FixInput
from app.domain.users import Role

_BY = "command line"
_ROLE = click.Choice([role.value for role in Role])


def users(house: House) -> click.Group:
    """The commands about users."""
    group = click.Group("users", help="The people who may use the dashboard.")
    service = house.services.users

    @group.command()
    @click.argument("name")
    @click.option("--role", type=_ROLE, default=Role.ADMIN.value, show_default=True)
    def create(name: str, role: str) -> None:
        """Let NAME sign in; the password is asked for, or read from a pipe."""
        with _in_words():
            user = service.create(name, Role(role), _password(), _BY)
        click.echo(f"{user.name} may sign in, as {user.role}.")

    @group.command("list")
    def show() -> None:
        """Everybody who may sign in, or could once."""
        for each in service.all():
            state = "disabled" if each.user.disabled_at else each.user.role.value
            click.echo(f"{each.user.name}  {state}")

    @group.command()
    @click.argument("name")
    @click.argument("role", type=_ROLE)
    def role(name: str, role: str) -> None:
        """Let NAME do what a viewer, a sender or an admin may."""
        with _in_words():
            user = service.set_role(name, Role(role), _BY)
        click.echo(f"{user.name} is {user.role}.")

    @group.command()
    @click.argument("name")
    def disable(name: str) -> None:
        """Sign NAME out everywhere and let them in no more."""
        with _in_words():
            user = service.disable(name, _BY)
        click.echo(f"{user.name} may not sign in.")

    @group.command()
    @click.argument("name")
    def enable(name: str) -> None:
        """Let NAME in again, with the password that they had."""
        with _in_words():
            user = service.enable(name, _BY)
        click.echo(f"{user.name} may sign in, as {user.role}.")

    @group.command()
    @click.argument("name")
    def password(name: str) -> None:
        """Give NAME a new password, asked for or read from a pipe; ends what they have open."""
        with _in_words():
            service.set_password(name, _password(), _BY)
        click.echo(f"{name} has a new password.")

    return group


def _password() -> str:
    """From the terminal, unseen and twice; else the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except FixInput as error:
        told = "; ".join(f"{each.pointer[1:]} {each.detail}" for each in error.mistakes)
        raise click.ClickException(told) from error
    except CarillonError as error:
        raise click.ClickException(str(error)) from error
