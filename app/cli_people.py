"""`flask lists` and `flask audiences`: contacts that were put together, and rules that choose."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from app.bootstrap import House
from app.domain.errors import CarillonError

_ACTOR = "command line"
_ALL = 1_000  # of each kind; more are looked at by the API, in pages


@contextmanager
def _told() -> Iterator[None]:
    """Errors as a person at a terminal wants them."""
    try:
        yield
    except CarillonError as error:
        raise click.ClickException(str(error)) from error


class _Rule(click.ParamType[dict[str, Any]]):
    name = "rule"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> dict[str, Any]:
        try:
            rule = json.loads(value)
        except ValueError:
            rule = None
        if not isinstance(rule, dict):
            self.fail('must be a JSON object, as in \'{"tag": "vip"}\'', param, context)
        return rule


_RULE = _Rule()


def lists(house: House) -> click.Group:
    """The commands about lists."""
    group = click.Group("lists", help="Lists of contacts.")

    @group.command("list")
    def show() -> None:
        """Every list, with the number of its contacts."""
        for each in house.services.contact_lists.page("", _ALL):
            click.echo(f"{each.id}  {each.contact_count:>8}  {each.name}")

    @group.command()
    @click.argument("name")
    @click.option("--description")
    def add(name: str, description: str | None) -> None:
        """Make an empty list; `flask contacts import` fills it."""
        with _told():
            click.echo(house.services.contact_lists.add(name, description, _ACTOR).id)

    return group


def audiences(house: House) -> click.Group:
    """The commands about audiences."""
    group = click.Group("audiences", help="Rules that choose contacts.")

    @group.command("list")
    def show() -> None:
        """Every saved audience with its rule."""
        for each in house.services.audiences.page("", _ALL):
            click.echo(f"{each.id}  {each.name}: {json.dumps(each.rule, ensure_ascii=False)}")

    @group.command()
    @click.argument("rule", type=_RULE)
    def count(rule: dict[str, Any]) -> None:
        """How many contacts RULE chooses now, as in '{"tag": "vip"}'."""
        with _told():
            click.echo(house.services.audiences.count(rule))

    @group.command()
    @click.argument("name")
    @click.argument("rule", type=_RULE)
    def save(name: str, rule: dict[str, Any]) -> None:
        """Save RULE under NAME."""
        with _told():
            click.echo(house.services.audiences.add(name, rule, _ACTOR).id)

    return group
