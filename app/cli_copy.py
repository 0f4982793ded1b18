"""`flask db copy`: moves an installation to another database."""

from datetime import UTC, datetime

import click

from app.domain.errors import Conflict, TryAgain
from app.services.consent_proof import ConsentProof
from app.storage import copying, engine_schema, migrate
from app.storage.copying import Copied
from app.storage.database import Database, connect


@click.command("copy")
@click.option("--from", "source", required=True, help="As in sqlite:///var/carillon.db.")
@click.option("--to", "target", required=True, help="As in postgresql://user:password@host/name.")
def copy(source: str, target: str) -> None:
    """Move everything from one database to another, empty one, and prove that it is the same.

    Stop every web and worker process first: it refuses while something dispatches. Then set
    DATABASE_URL to the new address and start them again. The old database is left as it is.
    """
    try:
        old, new = connect(source), connect(target)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    try:
        _move(old, new)
    except (Conflict, TryAgain) as error:
        raise click.ClickException(str(error)) from error
    finally:
        old.close()
        new.close()


def _move(old: Database, new: Database) -> None:
    migrate.upgrade(new)
    engine_schema.upgrade(new)
    done = copying.copy(old, new, datetime.now(UTC), _tell)
    proof = ConsentProof(new).verify()
    if proof.flaw:
        raise click.ClickException(
            f"all was copied, and the consent ledger is broken: {proof.flaw.reason}."
            " It was so before: flask consent verify"
        )
    rows = sum(each.rows for each in done)
    click.echo(f"{rows} rows in {len(done)} tables are the same in both databases.")
    click.echo(f"The consent ledger holds: {proof.chains} chains, {proof.rows} rows.")


def _tell(copied: Copied) -> None:
    click.echo(f"{copied.rows:>10}  {copied.table}  {copied.checksum}")
