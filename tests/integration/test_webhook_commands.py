"""`flask webhooks`, on a service that is told to deliver."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import commands
from tests.support.receivers import Receiver, receiver
from tests.support.site import Site, eventually, open_site
from tests.support.webhooks import inbound


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    copy = shutil.copy(sqlite_template, tmp_path / "test.db")
    with open_site(f"sqlite:///{copy}", WEBHOOKS_ALLOW_PRIVATE="127.0.0.0/8,::1/128") as opened:
        opened.house.start()
        yield opened


@pytest.fixture
def here() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def run(site: Site, *arguments: str) -> Result:
    known = {command.name: command for command in commands(site.house)}
    return CliRunner().invoke(known["webhooks"], list(arguments))


def test_an_endpoint_from_its_beginning_to_its_end(site: Site, here: Receiver) -> None:
    made = run(site, "add", here.url, "--event", "reply.received", "--name", "shop")
    secret = made.stdout.strip()
    endpoint = run(site, "list").output.split()[0]
    assert run(site, "list").output == f"{endpoint}  {here.url}  shop  reply.received  enabled\n"

    assert run(site, "test", endpoint).output.startswith("Delivery ")
    site.webhook("inbound", inbound("Hello"))
    eventually(lambda: len(here.calls) == 2, 15)
    assert all(call.is_signed_by(secret) for call in here.calls)
    eventually(
        lambda: run(site, "deliveries", endpoint).output.count("delivered  1 tries  200") == 2
    )

    told = run(site, "replay", endpoint, "--since", "2026-01-01", "--all")
    assert told.output == "2 to be told again.\n"
    eventually(lambda: len(here.calls) == 4, 15)
    assert run(site, "replay", endpoint, "--since", "2026-01-01").output.startswith("0 ")
    assert run(site, "rotate-secret", endpoint).stdout.startswith("whsec_")

    assert run(site, "disable", endpoint).output == f"{endpoint}: disabled.\n"
    assert run(site, "list").output.endswith("disabled\n")
    assert run(site, "test", endpoint).exit_code == 1
    assert run(site, "enable", endpoint).output == f"{endpoint}: enabled.\n"
    assert run(site, "remove", endpoint).output == f"{endpoint}: removed.\n"
    assert run(site, "list").output == ""


def test_what_cannot_be_is_told_in_words(site: Site) -> None:
    refused = run(site, "add", "https://169.254.169.254/")

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: url: 169.254.169.254 is no public address")
    assert run(site, "remove", "nonsense").output == "Error: there is no such endpoint\n"
    assert run(site, "replay", "x").exit_code == 2
    assert run(site, "replay", "x", "--delivery", "1").exit_code == 1
