"""`flask keys`: who may call the API."""

from datetime import UTC, datetime, timedelta

import click

from app.bootstrap import House
from app.domain.api_keys import ApiKey, KeyWish
from app.domain.errors import CarillonError, FixInput
from app.domain.scopes import MEANING, Scope

_BY = "command line"
_SCOPES = click.Choice([scope.value for scope in Scope])


def keys(house: House) -> click.Group:
    """The commands about API keys."""
    group = click.Group("keys", help="Keys of the API. Those of API_KEYS are not among them.")
    for command in (_create(house), _list(house), _revoke(house)):
        group.add_command(command)
    return group


def _create(house: House) -> click.Command:
    scopes_help = "; ".join(f"{scope}: {meaning}" for scope, meaning in MEANING.items())

    @click.command("create")
    @click.argument("name")
    @click.option("--scope", "scopes", type=_SCOPES, multiple=True, required=True, help=scopes_help)
    @click.option("--test", is_flag=True, help="Reaches only the simulator's magic numbers.")
    @click.option("--days", type=click.IntRange(1, 36_500), help="Until it expires.")
    @click.option("--per-minute", type=click.IntRange(1), help="Requests a minute.")
    @click.option("--per-day", type=click.IntRange(1), help="Messages in a day of UTC.")
    def create(
        name: str,
        scopes: tuple[str, ...],
        *,
        test: bool,
        days: int | None,
        per_minute: int | None,
        per_day: int | None,
    ) -> None:
        """Make a key NAME. The secret is printed now and never again."""
        expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
        held = frozenset(map(Scope, scopes))
        wish = KeyWish(name, held, test, expires_at, per_minute, per_day)
        try:
            made = house.services.keys.create(wish, _BY)
        except FixInput as error:
            told = "; ".join(f"{each.pointer[1:]}: {each.detail}" for each in error.mistakes)
            raise click.ClickException(told) from error
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo("Keep it well, it is not shown again:", err=True)
        click.echo(made.secret)

    return create


def _list(house: House) -> click.Command:
    @click.command("list")
    def show() -> None:
        """Every key that there is or was, the newest first."""
        now = datetime.now(UTC)
        for key in house.services.keys.all():
            click.echo(_line(key, now))

    return show


def _line(key: ApiKey, now: datetime) -> str:
    state = "revoked" if key.revoked_at else "valid" if key.is_valid(now) else "expired"
    used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
    kind = "  test" if key.is_test else ""
    return (
        f"{key.name}  {key.prefix}...  {','.join(sorted(key.scopes))}{kind}  {state}  used {used}"
    )


def _revoke(house: House) -> click.Command:
    @click.command("revoke")
    @click.argument("name")
    def revoke(name: str) -> None:
        """End the key NAME, or the one with this id, at once."""
        try:
            key = house.services.keys.revoke(name, _BY)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{key.name} is revoked.")

    return revoke
