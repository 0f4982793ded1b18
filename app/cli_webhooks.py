"""`flask webhooks`: whom we tell of what happens, and what became of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from app.bootstrap import House
from app.domain.errors import CarillonError, FixInput
from app.domain.hooks import CHOICES, ENDED, HookEndpoint, HookEvent, HookStatus, HookWish
from app.services.hooks import HookChange, NewHook
from app.storage.hook_log import HookDelivery

_BY = "command line"
_EVENTS = click.Choice([event.value for event in CHOICES])
_STATUSES = click.Choice([status.value for status in HookStatus])
_SINCE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def webhooks(house: House) -> click.Group:
    """The commands about outgoing webhooks."""
    group = click.Group("webhooks", help="Endpoints that are told of what happens.")
    for make in (_add, _list, _rotate, _test, _deliveries, _replay):
        group.add_command(make(house))
    hooks = house.services.hooks
    group.add_command(
        _about(
            "enable", "Call ENDPOINT again, and forgive it all failures.", _switch(house, on=True)
        )
    )
    group.add_command(_about("disable", "Call ENDPOINT no more.", _switch(house, on=False)))
    remove = "Call ENDPOINT no more, and forget its secret and its deliveries."
    group.add_command(_about("remove", remove, lambda named: hooks.remove(named, _BY)))
    return group


def _switch(house: House, *, on: bool) -> Callable[[str], object]:
    return lambda named: house.services.hooks.change(named, HookChange(is_enabled=on), _BY)


def _about(name: str, told: str, do: Callable[[str], object]) -> click.Command:
    @click.command(name, help=told)
    @click.argument("endpoint")
    def command(endpoint: str) -> None:
        with _in_words():
            do(endpoint)
        click.echo(f"{endpoint}: {name}d.")

    return command


def _add(house: House) -> click.Command:
    @click.command("add")
    @click.argument("url")
    @click.option("--event", "events", type=_EVENTS, multiple=True, help="Without it: every one.")
    @click.option("--name", default="", help="For people.")
    def add(url: str, events: tuple[str, ...], name: str) -> None:
        """Tell URL of events from now on. The secret is printed now and never again."""
        wish = HookWish(url, frozenset(map(HookEvent, events or CHOICES)), name)
        with _in_words():
            _show_secret(house.services.hooks.create(wish, _BY))

    return add


def _rotate(house: House) -> click.Command:
    @click.command("rotate-secret")
    @click.argument("endpoint")
    def rotate(endpoint: str) -> None:
        """Give ENDPOINT a new secret; the one before signs beside it for 24 hours."""
        with _in_words():
            _show_secret(house.services.hooks.rotate(endpoint, _BY))

    return rotate


def _show_secret(made: NewHook) -> None:
    click.echo(f"The secret of {made.endpoint.id}. Keep it well, it is not shown again:", err=True)
    click.echo(made.secret)


def _list(house: House) -> click.Command:
    @click.command("list")
    def show() -> None:
        """Every endpoint, the newest first."""
        for endpoint in house.services.hooks.all():
            click.echo(_line(endpoint))

    return show


def _line(endpoint: HookEndpoint) -> str:
    state = "enabled" if endpoint.is_enabled else "disabled"
    if endpoint.failing_since and endpoint.is_enabled:
        state = f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
    why = f": {endpoint.disabled_reason}" if endpoint.disabled_reason else ""
    name = f"  {endpoint.name}" if endpoint.name else ""
    return f"{endpoint.id}  {endpoint.url}{name}  {','.join(sorted(endpoint.events))}  {state}{why}"


def _test(house: House) -> click.Command:
    @click.command("test")
    @click.argument("endpoint")
    def test(endpoint: str) -> None:
        """Queue a made-up event, webhook.test, for ENDPOINT; any process that works delivers it."""
        with _in_words():
            queued = house.services.hooks.test(endpoint)
        click.echo(f"Delivery {queued.id} waits.")

    return test


def _deliveries(house: House) -> click.Command:
    @click.command("deliveries")
    @click.argument("endpoint")
    @click.option("--status", type=_STATUSES)
    @click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
    def deliveries(endpoint: str, status: str | None, limit: int) -> None:
        """What was or is to be told to ENDPOINT, the newest first."""
        wanted = HookStatus(status) if status else None
        with _in_words():
            found = house.services.hooks.deliveries(endpoint, wanted, None, limit)
        for each in found:
            click.echo(_told(each))

    return deliveries


def _told(each: HookDelivery) -> str:
    took = "" if each.milliseconds is None else f" in {each.milliseconds} ms"
    end = "" if each.tried_at is None else f"  {each.code or '-'}{took}"
    why = f": {each.problem}" if each.problem else ""
    at = f"{each.at:%Y-%m-%d %H:%M:%S}"
    return f"{each.id}  {at}  {each.event}  {each.status}  {each.attempts} tries{end}{why}"


def _replay(house: House) -> click.Command:
    @click.command("replay")
    @click.argument("endpoint")
    @click.option("--delivery", type=click.IntRange(1), help="This one alone.")
    @click.option("--since", type=_SINCE, help="All that happened since then, in UTC.")
    @click.option("--all", "everything", is_flag=True, help="What was delivered as well.")
    def replay(
        endpoint: str, delivery: int | None, since: datetime | None, *, everything: bool
    ) -> None:
        """Tell ENDPOINT once more, under the same webhook-ids."""
        if (delivery is None) == (since is None):
            raise click.UsageError("name one of --delivery and --since")
        with _in_words():
            if delivery is not None:
                house.services.hooks.replay(endpoint, delivery, _BY)
                count = 1
            else:
                assert since is not None
                ends = ENDED if everything else frozenset({HookStatus.GIVEN_UP})
                moment = since.replace(tzinfo=UTC)
                count = house.services.hooks.replay_since(endpoint, moment, ends, _BY)
        click.echo(f"{count} to be told again.")

    return replay


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except FixInput as error:
        told = "; ".join(f"{each.pointer[1:]}: {each.detail}" for each in error.mistakes)
        raise click.ClickException(told) from error
    except CarillonError as error:
        raise click.ClickException(str(error)) from error
