"""Tokens: signed once, renewed in time, and a bad key is known at start."""

import threading
from dataclasses import dataclass

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.vonage.tokens import FRESH, LIFETIME, RENEW_BEFORE_END, CachedAuth

APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
START = 1_800_000_000.0


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(pem: str, clock: Clock) -> CachedAuth:
    return CachedAuth(APPLICATION, pem, clock)


def test_the_token_is_signed_by_our_key_for_our_application(
    auth: CachedAuth, rsa_key: RSAPrivateKey
) -> None:
    scheme, token = auth.create_jwt_auth_string().decode().split()
    claims = jwt.decode(
        token, rsa_key.public_key(), algorithms=["RS256"], options={"verify_iat": False}
    )
    assert scheme == "Bearer"
    assert claims["application_id"] == APPLICATION == auth.application_id
    assert (claims["iat"], claims["exp"]) == (START, START + LIFETIME)
    assert claims["jti"]


def test_one_token_serves_until_shortly_before_its_end(auth: CachedAuth, clock: Clock) -> None:
    first = auth.create_jwt_auth_string()
    clock.now += LIFETIME - RENEW_BEFORE_END - 1
    assert auth.create_jwt_auth_string() == first
    clock.now += 1
    assert auth.create_jwt_auth_string() != first


def test_a_token_from_the_future_is_not_used(auth: CachedAuth, clock: Clock) -> None:
    first = auth.create_jwt_auth_string()
    clock.now -= 3600
    assert auth.create_jwt_auth_string() != first


def test_a_dropped_token_is_forgotten(auth: CachedAuth) -> None:
    first = auth.create_jwt_auth_string()
    auth.drop()
    assert auth.create_jwt_auth_string() != first


def test_an_old_token_that_was_refused_is_dropped_once(auth: CachedAuth, clock: Clock) -> None:
    old = auth.create_jwt_auth_string()
    clock.now += FRESH
    assert auth.drop_refused(old)
    new = auth.create_jwt_auth_string()
    assert auth.drop_refused(old), "another thread's refusal of the old token is no news"
    assert auth.create_jwt_auth_string() == new, "and does not cost the new one"


def test_a_fresh_token_that_was_refused_will_not_do_better_next_time(auth: CachedAuth) -> None:
    fresh = auth.create_jwt_auth_string()
    assert not auth.drop_refused(fresh)
    assert auth.create_jwt_auth_string() == fresh


def test_threads_share_one_token(auth: CachedAuth) -> None:
    auth.drop()
    seen: set[bytes] = set()
    threads = [
        threading.Thread(target=lambda: seen.add(auth.create_jwt_auth_string())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_a_key_that_went_through_an_environment_variable_is_healed(pem: str) -> None:
    one_line = pem.strip().replace("\n", "\\n")
    assert CachedAuth(APPLICATION, f'"{one_line}"').create_jwt_auth_string()


def test_a_pkcs1_key_is_converted(rsa_key: RSAPrivateKey) -> None:
    pkcs1 = rsa_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    assert "BEGIN RSA PRIVATE KEY" in pkcs1
    assert CachedAuth(APPLICATION, pkcs1).create_jwt_auth_string()


def _public(key: RSAPrivateKey) -> str:
    info = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, info).decode()


def _with_password(key: RSAPrivateKey) -> str:
    locked = BestAvailableEncryption(b"secret")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode()


def test_a_public_key_is_named_as_such(rsa_key: RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="public key, not a private key"):
        CachedAuth(APPLICATION, _public(rsa_key))


def test_a_key_with_a_password_is_named_as_such(rsa_key: RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="password"):
        CachedAuth(APPLICATION, _with_password(rsa_key))


def test_a_key_of_another_kind_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="must be an RSA key"):
        CachedAuth(APPLICATION, pem)


def test_a_short_key_is_refused() -> None:
    key = generate_private_key(65537, 1024)  # noqa: S505 - too short on purpose
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="2048 bits"):
        CachedAuth(APPLICATION, pem)


@pytest.mark.parametrize("text", ["", "private.key", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"])
def test_what_is_no_pem_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a PEM"):
        CachedAuth(APPLICATION, text)


def test_half_a_key_cannot_be_read(pem: str) -> None:
    with pytest.raises(ValueError, match="is it whole"):
        CachedAuth(APPLICATION, pem[: len(pem) // 2])


def test_an_empty_application_id_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="application id"):
        CachedAuth(" ", pem)
