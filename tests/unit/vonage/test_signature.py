"""Is this webhook really theirs? A table of forgeries, and what must pass."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import NotAuthentic, TryAgain
from app.vonage.signature import SignatureCheck, _AnyLength

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
SECRET = "short-secret"
BODY = b'{"message_uuid": "a",  "status":"delivered"}'
KEY, APPLICATION = "abcd1234", "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
CHECK = SignatureCheck([SECRET, "the-next-secret"], KEY, APPLICATION)


def _claims(body: bytes = BODY, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "Vonage",
        "iat": int(NOW.timestamp()),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": KEY,
        "application_id": APPLICATION,
    } | changes
    return {name: value for name, value in claims.items() if value is not ...}


def _sign(payload: Any, secret: str = SECRET, algorithm: str = "HS256", **header: Any) -> str:
    jws = jwt.PyJWS()
    jws.unregister_algorithm("HS256")
    jws.register_algorithm("HS256", _AnyLength(_AnyLength.SHA256))
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jws.encode(raw, secret, algorithm, headers=header or None)


def _bearer(payload: Any, secret: str = SECRET) -> str:
    return f"Bearer {_sign(payload, secret)}"


def test_what_vonage_signed_passes() -> None:
    CHECK.verify(_bearer(_claims()), BODY, NOW)
    CHECK.verify(_bearer(_claims()).replace("Bearer", "bearer"), BODY, NOW)


def test_both_secrets_pass_while_one_is_rotated_out() -> None:
    CHECK.verify(_bearer(_claims(), "the-next-secret"), BODY, NOW)


def test_an_application_need_not_be_named() -> None:
    CHECK.verify(_bearer(_claims(application_id=...)), BODY, NOW)
    SignatureCheck([SECRET], KEY).verify(_bearer(_claims(application_id="x")), BODY, NOW)


@pytest.mark.parametrize("shift", [timedelta(hours=25), timedelta(seconds=-60)])
def test_a_token_may_be_a_day_old_and_clocks_may_differ(shift: timedelta) -> None:
    CHECK.verify(_bearer(_claims()), BODY, NOW + shift)


@pytest.mark.parametrize("header", [None, "", "  "])
def test_an_unsigned_webhook_is_asked_for_again(header: str | None) -> None:
    with pytest.raises(TryAgain):
        CHECK.verify(header, BODY, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "vonage"},
        {"iss": ...},
        {"iss": ["Vonage"]},
        {"api_key": "other"},
        {"api_key": ...},
        {"api_key": None},
        {"application_id": "other"},
        {"application_id": 5},
        {"jti": ...},
        {"jti": ""},
        {"iat": ...},
        {"iat": True},
        {"iat": "1800000000"},
        {"iat": float("nan")},
        {"iat": float("inf")},
        {"iat": 10**400},
        {"iat": NOW.timestamp() - 25 * 3600 - 1},
        {"iat": NOW.timestamp() + 61},
        {"payload_hash": ...},
        {"payload_hash": None},
        {"payload_hash": ""},
        {"payload_hash": hashlib.sha256(b"other").hexdigest()},
        {"payload_hash": "\ud800"},
        {"payload_hash": "é"},
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic):
        CHECK.verify(_bearer(_claims(**changes)), BODY, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "Bearer not.a.token",
        "Bearer a b",
        "Bearer \u00e9.\u00e9.\u00e9",
        _bearer(_claims(), "another-secret"),
        _bearer([1, 2]),
        _bearer(b"no json"),
        _bearer(b"[" * 50_000),
        f"Bearer {_sign(_claims(), 's' * 64, 'HS512')}",
        f"Bearer {_sign(_claims(), '', 'none')}",
        f"Bearer {_sign(_claims(), b64=False)}",
        f"Bearer {_sign(_claims(), crit=['x'], x=1)}",
        _bearer(_claims())[:-4],
        _bearer(_claims()).rpartition(".")[0] + ".",
        _bearer(_claims()) + ".x",
    ],
)
def test_a_forged_token_is_refused(header: str) -> None:
    with pytest.raises(NotAuthentic):
        CHECK.verify(header, BODY, NOW)


@given(st.data())
def test_changing_any_byte_of_the_body_is_noticed(data: st.DataObject) -> None:
    header = _bearer(_claims())
    place = data.draw(st.integers(0, len(BODY) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != BODY[place]))
    changed = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    with pytest.raises(NotAuthentic):
        CHECK.verify(header, changed, NOW)


@given(st.text(max_size=200))
def test_no_header_can_break_the_check(header: str) -> None:
    with pytest.raises((NotAuthentic, TryAgain)):
        CHECK.verify(header, BODY, NOW)


@pytest.mark.parametrize("secrets", [[], [""], [SECRET, ""], ["ssh-rsa AAAA"]])
def test_secrets_that_could_never_work_are_an_error_at_start(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        SignatureCheck(secrets, KEY)


def test_an_account_must_be_named() -> None:
    with pytest.raises(ValueError, match="API key"):
        SignatureCheck([SECRET], "")
