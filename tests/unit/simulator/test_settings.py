"""What the simulator is told at its start."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from simulator.settings import WrongSettingsError, read_settings


def in_pem(key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    some_key = key or generate_private_key(public_exponent=65537, key_size=2048)
    return some_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def pem() -> bytes:
    return in_pem()


@pytest.fixture
def account(pem: bytes) -> dict[str, str]:
    return {
        "VONAGE_APPLICATION_ID": "an-application",
        "VONAGE_API_KEY": "a-key",
        "VONAGE_SIGNATURE_SECRET": "a-secret",
        "VONAGE_PRIVATE_KEY_BASE64": base64.b64encode(pem).decode(),
    }


def test_an_account_is_enough(account: dict[str, str]) -> None:
    settings = read_settings(account)
    assert (settings.host, settings.port, settings.rate) == ("127.0.0.1", 3999, None)
    assert settings.status_url == "http://127.0.0.1:3000/webhooks/status"
    assert settings.inbound_url == "http://127.0.0.1:3000/webhooks/inbound"


def test_the_key_may_be_in_a_file(account: dict[str, str], tmp_path: Path, pem: bytes) -> None:
    (tmp_path / "private.key").write_bytes(pem)
    del account["VONAGE_PRIVATE_KEY_BASE64"]
    account["VONAGE_PRIVATE_KEY_PATH"] = str(tmp_path / "private.key")
    assert read_settings(account).public_key.key_size == 2048


def test_the_service_is_found_by_its_port(account: dict[str, str]) -> None:
    assert read_settings(account | {"PORT": "8080"}).webhook_url == "http://127.0.0.1:8080"


def test_a_slash_at_the_end_of_the_address_does_no_harm(account: dict[str, str]) -> None:
    settings = read_settings(account | {"SIMULATOR_WEBHOOK_URL": "http://service/"})
    assert settings.status_url == "http://service/webhooks/status"


def test_of_two_secrets_the_first_signs(account: dict[str, str]) -> None:
    settings = read_settings(account | {"VONAGE_SIGNATURE_SECRET": "new, old"})
    assert settings.signature_secret == "new"


def test_a_rate_of_nothing_is_no_limit(account: dict[str, str]) -> None:
    assert read_settings(account | {"SIMULATOR_RATE": "0"}).rate is None
    assert read_settings(account | {"SIMULATOR_RATE": "30"}).rate == 30


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(WrongSettingsError) as mistakes:
        read_settings({"SIMULATOR_PORT": "many", "VONAGE_SIGNATURE_SECRET": ",old"})
    lines = str(mistakes.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "VONAGE_APPLICATION_ID",
        "VONAGE_API_KEY",
        "VONAGE_SIGNATURE_SECRET",
        "VONAGE_PRIVATE_KEY_PATH",
        "SIMULATOR_PORT",
    ]


@pytest.mark.parametrize("key", ["no base64!", base64.b64encode(b"no key").decode()])
def test_what_is_no_key_is_named(account: dict[str, str], key: str) -> None:
    with pytest.raises(WrongSettingsError, match="VONAGE_PRIVATE_KEY_BASE64"):
        read_settings(account | {"VONAGE_PRIVATE_KEY_BASE64": key})


def test_a_key_of_another_kind_is_named(account: dict[str, str]) -> None:
    key = base64.b64encode(in_pem(ec.generate_private_key(ec.SECP256R1()))).decode()
    with pytest.raises(WrongSettingsError, match="not an RSA key"):
        read_settings(account | {"VONAGE_PRIVATE_KEY_BASE64": key})


def test_no_secret_is_shown(account: dict[str, str]) -> None:
    shown = repr(read_settings(account | {"VONAGE_API_SECRET": "hidden"}))
    assert "a-secret" not in shown
    assert "hidden" not in shown
