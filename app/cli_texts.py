"""`flask templates` and `flask segments`: what is said, and what it costs."""

import json

import click

from app.bootstrap import House
from app.domain.errors import CarillonError
from app.domain.template import read_template
from app.web import text_documents

_BY = "command line"
_ALL = 1_000


def templates(house: House) -> click.Group:
    """The commands about saved templates."""
    group = click.Group("templates", help="Saved texts.")

    @group.command("list")
    def show() -> None:
        """Every template with its newest text."""
        for each in house.services.templates.page(None, _ALL, archived=False):
            click.echo(f"{each.id}  {each.name} (version {each.version}): {each.text}")

    @group.command()
    @click.argument("name")
    @click.argument("text")
    def save(name: str, text: str) -> None:
        """Save TEXT as a new template NAME."""
        try:
            read_template(text)
            click.echo(house.services.templates.create(name, text, _BY).template.id)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error

    @group.command()
    @click.argument("template_id")
    @click.argument("text")
    def revise(template_id: str, text: str) -> None:
        """Save TEXT as the next version of a template."""
        try:
            read_template(text)
            state = house.services.templates.revise(template_id, None, text, _BY)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"version {state.template.version}")

    return group


@click.command("segments")
@click.argument("text")
def segments(text: str) -> None:
    """How many segments TEXT takes, and what plain characters would save."""
    click.echo(json.dumps(text_documents.counted(text), indent=2, ensure_ascii=False))
