"""Flask commands about consent: parse, call, print."""

import json
from pathlib import Path

import click

from app.bootstrap import House
from app.domain.consent_chain import Head
from app.domain.consent_ledger import ConsentKind
from app.domain.consent_order import ConsentOrder
from app.domain.errors import CarillonError, InvalidNumber
from app.domain.phone import PhoneNumber, read_number
from app.services.consent_proof import Anchors
from app.web.consents import page_of

_OPERATOR = "operator"


class _Number(click.ParamType[PhoneNumber]):
    name = "number"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> PhoneNumber:
        try:
            return read_number(value)
        except InvalidNumber as error:
            self.fail(str(error), param, context)


_NUMBER = _Number()


def consent_commands(house: House) -> click.Group:
    """`flask consent ...`."""
    group = click.Group("consent", help="Who may be written to, and the proof of it.")
    for command in (_verify(house), _rebuild(house), _show(house), _opt_out(house), _erase(house)):
        group.add_command(command)
    return group


def _verify(house: House) -> click.Command:
    @click.command("verify")
    @click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Keep the ends.")
    @click.option(
        "--against",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file that was written before: what it names must still be there.",
    )
    def verify(write: Path | None, against: Path | None) -> None:
        """Prove that the ledger is as it was written; fail at the first row that is not."""
        ends: list[Head] = []
        anchors = _anchors(against) if against else None
        proof = house.services.consent_proof.verify(anchors, ends.append if write else None)
        if proof.flaw:
            flaw = proof.flaw
            row = f" (event {flaw.event_id})" if flaw.event_id else ""
            raise click.ClickException(f"chain {flaw.chain}, row {flaw.place}{row}: {flaw.reason}")
        if write:
            lines = (f"{end.chain} {end.place} {end.seal}\n" for end in ends)
            write.write_text("".join(lines), encoding="ascii")
        click.echo(f"{proof.rows} rows in {proof.chains} chains are as they were written.")

    return verify


def _anchors(file: Path) -> Anchors:
    anchors = {}
    for number, line in enumerate(file.read_text(encoding="ascii").splitlines(), 1):
        try:
            chain, place, seal = line.split()
            anchors[chain] = (int(place), seal)
        except ValueError:
            raise click.BadParameter(f"line {number} is not as verify writes it") from None
    return anchors


def _rebuild(house: House) -> click.Command:
    @click.command("rebuild")
    def rebuild() -> None:
        """Make the states and the list of opt-outs anew from the ledger, which must hold."""
        try:
            count = house.services.consent_proof.rebuild()
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{count} states are as the ledger has them.")

    return rebuild


def _show(house: House) -> click.Command:
    @click.command("show")
    @click.argument("number", type=_NUMBER)
    def show(number: PhoneNumber) -> None:
        """The proof of consent of NUMBER, as the API answers."""
        page = page_of(house.services.consents.of(number))
        click.echo(json.dumps(page, indent=2, ensure_ascii=False))

    return show


def _opt_out(house: House) -> click.Command:
    @click.command("opt-out")
    @click.argument("numbers", type=_NUMBER, nargs=-1, required=True)
    @click.option("--wording", help="The person's words, as in a letter.")
    def opt_out(numbers: tuple[PhoneNumber, ...], wording: str | None) -> None:
        """Write to NUMBERS no more, whoever the sender."""
        orders = [
            ConsentOrder(each, ConsentKind.OPT_OUT, _OPERATOR, _OPERATOR, wording)
            for each in numbers
        ]
        done = house.services.consents.record(orders)
        new = sum(step.is_new for step in done)
        click.echo(f"{len(done)} opted out, {new} of them had not before.")

    return opt_out


def _erase(house: House) -> click.Command:
    @click.command("erase")
    @click.argument("number", type=_NUMBER)
    @click.confirmation_option(prompt="This cannot be undone. Erase the person?")
    def erase(number: PhoneNumber) -> None:
        """Forget the person with NUMBER, for good, and never write to it again."""
        try:
            house.services.erasures.erase(number, _OPERATOR)
        except CarillonError as error:
            raise click.ClickException(str(error)) from error
        click.echo("Erased. A keyed hash keeps the number from being texted.")

    return erase


def retention_command(house: House) -> click.Command:
    """`flask retention`."""

    @click.command("retention")
    def retention() -> None:
        """Take away texts that are older than RETENTION_TEXTS and RETENTION_INBOUND say."""
        service = house.services.retention
        if not service.periods.is_any:
            raise click.ClickException("RETENTION_TEXTS and RETENTION_INBOUND are both off")
        try:
            done = service.apply()
        except CarillonError as error:
            raise click.ClickException(f"{error}; it is safe to run this again") from error
        click.echo(f"{done.texts} texts of messages and {done.inbound} texts to us taken away.")

    return retention
