"""How long a token is honoured, and whose."""

import base64
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from simulator.authentication import Authentication, good_until
from simulator.settings import Settings

NOW = 1_800_000_000.0
MINUTE, HOUR = 60, 3600


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def settings(key: RSAPrivateKey) -> Settings:
    return Settings("an-application", "a-key", "a-secret", key.public_key(), api_secret="s:ecret")


@pytest.fixture
def authentication(settings: Settings) -> Authentication:
    return Authentication(settings)


def bearer(key: RSAPrivateKey, **claims: Any) -> str:
    claims = {"application_id": "an-application", "iat": NOW, "jti": "1"} | claims
    return f"Bearer {jwt.encode(claims, key, algorithm='RS256')}"


@pytest.mark.parametrize(
    ("claims", "until"),
    [
        ({"iat": NOW}, NOW + 15 * MINUTE),
        ({"iat": NOW, "exp": NOW + HOUR}, NOW + HOUR),
        ({"iat": NOW, "exp": NOW + 48 * HOUR}, NOW + 24 * HOUR),
        ({"exp": NOW + HOUR}, NOW + HOUR),
        ({"iat": NOW + 30}, NOW + 30 + 15 * MINUTE),
        ({}, 0),
        ({"iat": NOW + 2 * MINUTE}, 0),
        ({"iat": NOW, "nbf": NOW + HOUR}, 0),
        ({"iat": "today"}, 0),
        ({"iat": NOW, "exp": True}, 0),
    ],
)
def test_a_token_is_honoured_as_vonage_says(claims: dict[str, Any], until: float) -> None:
    assert good_until(claims, NOW) == until


def test_our_token_is_admitted_until_its_end(
    authentication: Authentication, key: RSAPrivateKey
) -> None:
    token = bearer(key)
    assert authentication.admits(token, NOW)
    assert authentication.admits(token, NOW + 15 * MINUTE - 1)
    assert not authentication.admits(token, NOW + 15 * MINUTE)


def test_an_expired_token_is_refused_at_first_sight(
    authentication: Authentication, key: RSAPrivateKey
) -> None:
    assert not authentication.admits(bearer(key, exp=NOW - 1), NOW)


def test_another_application_is_refused(authentication: Authentication, key: RSAPrivateKey) -> None:
    assert not authentication.admits(bearer(key, application_id="another"), NOW)


def test_another_key_is_refused(authentication: Authentication) -> None:
    other = generate_private_key(public_exponent=65537, key_size=2048)
    assert not authentication.admits(bearer(other), NOW)


def test_another_algorithm_is_refused(authentication: Authentication) -> None:
    claims = {"application_id": "an-application", "iat": NOW}
    token = jwt.encode(claims, "s" * 32, algorithm="HS256")
    assert not authentication.admits(f"Bearer {token}", NOW)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x.y.z", "Basic ***", "Digest x"])
def test_what_is_no_credential_is_refused(
    authentication: Authentication, header: str | None
) -> None:
    assert not authentication.admits(header, NOW)


def test_key_and_secret_are_admitted_when_a_secret_is_set(settings: Settings) -> None:
    header = f"Basic {base64.b64encode(b'a-key:s:ecret').decode()}"
    assert Authentication(settings).admits(header, NOW)
    without = Settings("an-application", "a-key", "a-secret", settings.public_key)
    assert not Authentication(without).admits(header, NOW)
