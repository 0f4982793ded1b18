from pathlib import Path
from stat import S_IMODE

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.settings import read_settings
from demo.environment import is_loopback, prepare
from demo.trouble import Trouble
from simulator.settings import read_settings as read_simulator_settings

SECRETS = (
    "VONAGE_API_KEY",
    "VONAGE_API_SECRET",
    "VONAGE_APPLICATION_ID",
    "VONAGE_SIGNATURE_SECRET",
    "API_KEYS",
)
OF_SOMEBODY = "API_KEYS=a-key-of-somebody-0123456789\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which programs are started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_both_programs_can_start_with_what_is_written(folder: Path) -> None:
    environment, _ = prepare(folder, {})
    programs = environment.of_programs({})
    assert read_settings(programs).database_url == "sqlite:///var/demo.db"
    assert read_simulator_settings(programs).webhook_url == "http://127.0.0.1:3000"


def test_every_secret_is_another_in_every_folder(tmp_path: Path) -> None:
    found = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        environment, _ = prepare(tmp_path / name, {})
        key = (tmp_path / name / "var/demo/private.key").read_text()
        found += [environment.values[secret] for secret in SECRETS] + [key]
    assert len(set(found)) == len(found)
    assert all(len(secret) >= 8 for secret in found)


def test_only_the_owner_may_read_what_is_secret(folder: Path) -> None:
    prepare(folder, {})
    assert S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert S_IMODE((folder / "var/demo/private.key").stat().st_mode) == 0o600


def test_a_second_start_uses_the_same_secrets_and_writes_nothing(folder: Path) -> None:
    first, done = prepare(folder, {})
    again, nothing_done = prepare(folder, {})
    assert first == again
    assert done == ["Wrote .env with fresh secrets."]
    assert nothing_done == []


@pytest.mark.parametrize(
    "line",
    [
        "",  # without an address it is Vonage's own
        "VONAGE_API_URL=\n",
        "VONAGE_API_URL=https://api.nexmo.com\n",
        "VONAGE_API_URL=http://10.0.0.5:3999\n",
        "VONAGE_API_URL=http://127.0.0.1@api.nexmo.com\n",
    ],
)
def test_a_env_that_could_text_real_people_is_refused_and_left_alone(
    folder: Path, line: str
) -> None:
    (folder / ".env").write_text(OF_SOMEBODY + line)
    with pytest.raises(Trouble, match=r"mv \.env \.env\.mine"):
        prepare(folder, {})
    assert (folder / ".env").read_text() == OF_SOMEBODY + line


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:3999", True),
        ("http://localhost:3999", True),
        ("http://[::1]:3999", True),
        ("http://127.0.0.1.example.org", False),
        ("https://api.nexmo.com", False),
        ("http://0.0.0.0:3999", False),
        ("http://[::1", False),
        ("127.0.0.1:3999", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(url: str, *, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_what_is_exported_in_the_shell_does_not_reach_the_programs(folder: Path) -> None:
    environment, _ = prepare(folder, {})
    shell = {"VONAGE_API_URL": "https://api.nexmo.com", "VONAGE_API_KEY": "real", "PATH": "/bin"}
    programs = environment.of_programs(shell)
    assert programs["VONAGE_API_URL"] == "http://127.0.0.1:3999"
    assert programs["VONAGE_API_KEY"] == environment.values["VONAGE_API_KEY"]
    assert programs["PATH"] == "/bin"


def test_ports_of_the_shell_win_over_those_of_the_file(folder: Path) -> None:
    environment, _ = prepare(folder, {"PORT": "3100", "SIMULATOR_PORT": "3199"})
    assert (environment.port, environment.simulator_port) == (3100, 3199)
    programs = environment.of_programs({})
    assert programs["VONAGE_API_URL"] == "http://127.0.0.1:3199"
    assert programs["SIMULATOR_WEBHOOK_URL"] == "http://127.0.0.1:3100"


@pytest.mark.parametrize(
    ("shell", "complaint"),
    [
        ({"PORT": "many"}, "PORT is 'many'"),
        ({"SIMULATOR_PORT": "70000"}, "SIMULATOR_PORT is '70000'"),
        ({"PORT": "3999"}, "are both 3999"),
    ],
)
def test_ports_that_cannot_be_are_named(
    folder: Path, shell: dict[str, str], complaint: str
) -> None:
    with pytest.raises(Trouble, match=complaint):
        prepare(folder, shell)


def test_a_deleted_key_is_made_anew(folder: Path) -> None:
    prepare(folder, {})
    key = folder / "var/demo/private.key"
    key.unlink()
    _, done = prepare(folder, {})
    assert done == ["var/demo/private.key was missing: made a new one."]
    assert load_pem_private_key(key.read_bytes(), None) is not None


def test_a_key_that_is_not_ours_is_not_made(folder: Path) -> None:
    (folder / ".env").write_text(
        OF_SOMEBODY + "VONAGE_API_URL=http://localhost:3999\nVONAGE_PRIVATE_KEY_PATH=their.key\n"
    )
    _, done = prepare(folder, {})
    assert done == []
    assert not (folder / "their.key").exists()


def test_a_file_without_api_key_is_refused(folder: Path) -> None:
    (folder / ".env").write_text("VONAGE_API_URL=http://localhost:3999\n")
    with pytest.raises(Trouble, match="no API_KEYS"):
        prepare(folder, {})
