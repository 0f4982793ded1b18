"""`flask opt-in` and `flask reviews`: what a person says of consent, for somebody else."""

import click

from app.bootstrap import House
from app.domain.consent_ledger import ConsentKind
from app.domain.consent_order import ConsentOrder
from app.domain.errors import CarillonError, InvalidNumber
from app.domain.phone import read_number

_OPERATOR = "operator"
_ALL = 1_000


def opt_in(house: House) -> click.Command:
    """`flask opt-in`."""

    @click.command("opt-in")
    @click.argument("number")
    @click.option("--wording", required=True, help="What the person agreed to.")
    @click.option("--version", "wording_version", help="Of that wording.")
    @click.option("--method", default=_OPERATOR, show_default=True, help="How it was given.")
    @click.option("--evidence", "evidence_url", help="Where it can be looked at.")
    @click.option("--after-opt-out", is_flag=True, help="The person had left, and came back.")
    def run(number: str, method: str, **proof: str | None) -> None:
        """Record that NUMBER may be written to, with the proof of it."""
        try:
            order = ConsentOrder(
                read_number(number),
                ConsentKind.OPT_IN,
                method,
                _OPERATOR,
                **proof,  # type: ignore[arg-type]  # each option is named like its field
            )
            (done,) = house.services.consents.record([order])
        except InvalidNumber as error:
            raise click.BadParameter(str(error)) from error
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{order.number}: {done.after}")

    return run


def reviews(house: House) -> click.Group:
    """The commands about opt-outs that a person should read."""
    group = click.Group("reviews", help="Opt-outs by softer words, to be read by a person.")

    @group.command("list")
    def show() -> None:
        """Those that nobody has settled, the oldest first."""
        for each in house.services.consent_reviews.page(None, _ALL):
            click.echo(f"{each.event_id}  {each.number}  {each.wording!r}")

    @group.command()
    @click.argument("event_id")
    def confirm(event_id: str) -> None:
        """It was meant: the person stays opted out."""
        _settle(house, event_id, is_confirmed=True)

    @group.command()
    @click.argument("event_id")
    def reverse(event_id: str) -> None:
        """It was not meant: take the opt-out back."""
        _settle(house, event_id, is_confirmed=False)

    return group


def _settle(house: House, event_id: str, *, is_confirmed: bool) -> None:
    try:
        house.services.consent_reviews.settle(event_id, _OPERATOR, is_confirmed=is_confirmed)
    except CarillonError as error:
        raise click.ClickException(str(error)) from error
    click.echo("Settled.")
