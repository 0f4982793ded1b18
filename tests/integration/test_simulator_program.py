"""`python -m simulator` as a person starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a .env file, as the project has one."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "private.key").write_bytes(pem)
    (tmp_path / ".env").write_text(
        "VONAGE_APPLICATION_ID=an-application\n"
        "VONAGE_API_KEY=a-key\n"
        "VONAGE_SIGNATURE_SECRET=a-secret\n"
        "VONAGE_PRIVATE_KEY_PATH=private.key\n"
        "SIMULATOR_PORT=1\n"
    )
    return tmp_path


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program and the line it says when it is ready."""
    names = ("VONAGE_", "SIMULATOR_", "PORT")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *flags],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            yield program, program.stdout.readline()
        finally:
            program.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told_to(folder: Path, number: int) -> None:
    with running(folder, "--port", "0", "--rate", "7") as (program, line):
        url = line.split()[-1]
        assert requests.get(f"{url}/simulator/settings", timeout=5).json()["rate"] == 7
        program.send_signal(number)
        assert program.wait(5) == 0


def test_it_logs_masked_numbers_and_no_token(folder: Path) -> None:
    with running(folder, "--port", "0", "--verbose") as (program, line):
        headers = {"Authorization": "Bearer very.secret.token"}
        requests.get(f"{line.split()[-1]}/ledger/15551112222", headers=headers, timeout=5)
        program.terminate()
        _, log = program.communicate(timeout=5)
    assert log == "GET /ledger/*****22 200 whole\n"


def test_it_does_not_start_on_a_mistake_and_names_it(folder: Path) -> None:
    with running(folder, "--port", "many", "--rate", "fast") as (program, _):
        _, errors = program.communicate(timeout=5)
    assert program.returncode == 2
    assert "SIMULATOR_PORT: 'many'" in errors
    assert "SIMULATOR_RATE: 'fast'" in errors
    assert "secret" not in errors


def test_it_does_not_start_at_a_port_that_is_taken(folder: Path) -> None:
    with running(folder, "--port", "0") as (_, line):
        port = line.strip().rpartition(":")[2]
        with running(folder, "--port", port) as (second, _):
            _, errors = second.communicate(timeout=5)
    assert second.returncode == 1
    assert f"cannot listen at port {port}" in errors
