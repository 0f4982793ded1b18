"""Signatures as others check them: the reference library of Standard Webhooks, and its vectors."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.domain.hook_signing import BYTES, headers, secret_of, signature

ID = "01a20284-46ec-7085-90b1-3294384bf7a9"


@pytest.mark.parametrize(
    ("secret", "event_id", "at", "body", "right"),
    [
        (  # of the reference libraries' own tests
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            1731705121,
            '{"event_type":"ping","data":{"success":true}}',
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
    ],
)
def test_known_signatures(secret: str, event_id: str, at: int, body: str, right: str) -> None:
    assert signature([secret], event_id, datetime.fromtimestamp(at, UTC), body) == right


@given(st.binary(min_size=BYTES, max_size=BYTES), st.text(max_size=50))
def test_the_reference_library_believes_it(entropy: bytes, text: str) -> None:
    secret, body = secret_of(entropy), json.dumps({"text": text}, ensure_ascii=True)

    made = headers([secret], ID, datetime.now(UTC), body)

    assert Webhook(secret).verify(body, made) == {"text": text}


def test_either_secret_opens_it_during_a_rotation() -> None:
    new, old, other = (secret_of(bytes([place] * BYTES)) for place in range(3))
    made = headers([new, old], ID, datetime.now(UTC), "{}")

    assert Webhook(new).verify("{}", made) == Webhook(old).verify("{}", made) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify("{}", made)


def test_what_was_changed_or_is_old_is_not_believed() -> None:
    secret = secret_of(bytes(BYTES))
    now = datetime.now(UTC)
    made = headers([secret], ID, now, "{}")

    for body, forged in (
        ("[]", made),
        ("{}", {**made, "webhook-id": "another"}),
        ("{}", {**made, "webhook-timestamp": str(int(now.timestamp()) + 1)}),
        ("{}", headers([secret], ID, now - timedelta(minutes=6), "{}")),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, forged)
