"""`flask doctor`: looks at an installation, and says how to mend what is wrong."""

import json
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.bootstrap import House
from app.domain import checkup
from app.domain.checkup import Finding, Level
from app.domain.errors import TryAgain
from app.settings import InvalidSettings, Settings
from app.storage import migrate
from app.vonage import reach
from app.vonage.tokens import read_private_key
from app.web.health import NONCE, PROOF

_OTHERS = 0o077  # permissions of everybody but the owner
_SHORT = 16  # characters of a secret that Vonage did not make


def doctor(house: House) -> click.Command:
    """`flask doctor`."""

    @click.command("doctor")
    @click.option("--json", "as_json", is_flag=True, help="For programs.")
    @click.pass_context
    def run(context: click.Context, *, as_json: bool) -> None:
        """Look at everything that sending needs; exit with 1 when something does not work."""
        found = [Finding("settings", Level.OK, "all can be read"), *_looked(house)]
        context.exit(_shown(found, as_json=as_json))

    return run


def diagnosed(mistakes: InvalidSettings, *, as_json: bool) -> int:
    """The same for settings with which nothing can be built; the exit code."""
    mend = "set it in the environment or in .env: README, Settings"
    lines = str(mistakes).splitlines()
    return _shown([Finding("settings", Level.FAIL, line, mend) for line in lines], as_json=as_json)


def _shown(found: Sequence[Finding], *, as_json: bool) -> int:
    failed = any(each.level is Level.FAIL for each in found)
    if as_json:
        told = {"ok": not failed, "findings": [asdict(each) for each in found]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return int(failed)
    for each in found:
        click.echo(f"{each.level:<5} {each.name:<12} {each.said}")
        if each.mend:
            click.echo(f"{'':18} mend: {each.mend}")
    return int(failed)


def _looked(house: House) -> Iterator[Finding]:
    settings = house.settings
    yield from _key(settings)
    yield _signature(settings)
    yield _carrier_clock(settings)
    yield from _database(house)
    for path in dict.fromkeys((_database_folder(settings), settings.import_dir)):
        if path is not None:
            yield checkup.disk(str(path), shutil.disk_usage(_existing(path)).free)
    if settings.address:
        yield _public_address(house, settings.address)


def _key(settings: Settings) -> Iterator[Finding]:
    path = None if settings.private_key_base64 else settings.private_key_path
    if path is not None and path.stat().st_mode & _OTHERS:
        said = f"others can read {path} (mode {path.stat().st_mode & 0o777:o})"
        yield Finding("key", Level.WARN, said, f"chmod 600 {path}")
    public = read_private_key(settings.private_key).public_key()
    ours = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    theirs = _public_key_at_vonage(settings)
    if theirs is None:
        said = f"RSA, {public.key_size} bits; whether Vonage has its public half cannot be asked"
        yield Finding("key", Level.OK, said)
    elif theirs.split() == ours.split():
        yield Finding("key", Level.OK, f"RSA, {public.key_size} bits, and Vonage knows it")
    else:
        mend = "generate a new pair on the application's page at Vonage, and save the private key"
        yield Finding("key", Level.FAIL, "it is not the application's key", mend)


def _public_key_at_vonage(settings: Settings) -> str | None:
    if settings.api_secret is None:
        return None
    return reach.public_key_of(
        settings.api_url,
        settings.application_id,
        settings.api_key,
        settings.api_secret.get_secret_value(),
    )


def _signature(settings: Settings) -> Finding:
    shortest = min(len(each.get_secret_value()) for each in settings.signature_secrets)
    if shortest < _SHORT:
        mend = "take the one that Vonage made: dashboard, Settings > API settings"
        return Finding("signature", Level.WARN, f"a secret of {shortest} characters", mend)
    return Finding("signature", Level.OK, f"{len(settings.signature_secrets)} secret(s)")


def _carrier_clock(settings: Settings) -> Finding:
    theirs = reach.time_at(settings.api_url)
    if theirs is None:
        mend = "let this machine reach it: nothing can be sent until then"
        return Finding("carrier", Level.WARN, f"{settings.api_url} does not tell the time", mend)
    return checkup.clock(settings.api_url, time.time() - theirs)


def _database(house: House) -> Iterator[Finding]:
    service = house.services.checkup
    try:
        found = service.look()
    except TryAgain as error:
        mend = "is DATABASE_URL right, does it run, may we write?"
        yield Finding("database", Level.FAIL, f"{error}: {error.__cause__}".strip(), mend)
        return
    yield from checkup.database(found)
    if found.kind != "sqlite":
        yield checkup.clock("the database", service.drift(found))
    yield checkup.migrations(found, migrate.newest())
    if found.revision == migrate.newest():
        yield from checkup.senders(found, house.settings.sender)
        yield from checkup.queue(found, datetime.now(UTC))


def _database_folder(settings: Settings) -> Path | None:
    kind, _, path = settings.database_url.partition(":///")
    return Path(path).parent if kind == "sqlite" else None


def _existing(path: Path) -> Path:
    """The folder itself, or what it would be made in."""
    return path if path.exists() else _existing(path.absolute().parent)


def _public_address(house: House, url: str) -> Finding:
    nonce = secrets.token_hex(16)
    answer = reach.header_of(f"{url}/health/live", PROOF, {NONCE: nonce})
    mend = (
        "does the proxy or tunnel run, and to this port? Enter its address at Vonage when it"
        " changes"
    )
    if answer is None:
        return Finding("webhooks", Level.FAIL, f"{url} does not answer", mend)
    if not secrets.compare_digest(answer, house.signature.proof(nonce)):
        return Finding("webhooks", Level.FAIL, f"{url} answers, but is not this service", mend)
    return Finding("webhooks", Level.OK, f"{url} leads to this service")
