"""Things with sensible contents, of which a test names only what matters to it."""

import secrets
import uuid
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.domain.campaign import CampaignOrder
from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.message import ClaimedMessage, InboundMessage
from app.domain.phone import PhoneNumber
from app.domain.template import read_template
from app.settings import Settings, read_settings
from tests.support.fakes import START

API_KEY = "a-key-for-tests-only-0123456789"
SIGNATURE_SECRET = "a-signature-secret-for-tests-only"
SENDER = "+15550001111"


@cache
def private_key() -> str:
    """A key that was made for this run of the tests."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def environment(**changes: str) -> dict[str, str]:
    """The environment of a service that could start."""
    import base64  # noqa: PLC0415 (only here)

    return {
        "VONAGE_API_KEY": "abcd1234",
        "VONAGE_APPLICATION_ID": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "VONAGE_PRIVATE_KEY_BASE64": base64.b64encode(private_key().encode()).decode(),
        "VONAGE_NUMBER": SENDER,
        "VONAGE_SIGNATURE_SECRET": SIGNATURE_SECRET,
        "API_KEYS": API_KEY,
        # Tests run at any hour, and text the same numbers again and again.
        "QUIET_HOURS": "off",
        "FREQUENCY_CAP": "0",
        "RATE_LIMIT": "off",
        **changes,
    }


def settings(**changes: str) -> Settings:
    return read_settings(environment(**changes))


def numbers(count: int, first: int = 0) -> list[str]:
    """Distinct numbers that could exist."""
    return [f"+1415555{place:04}" for place in range(first, first + count)]


def order(recipients: list[Any] | int = 3, text: str = "Hello", **changes: Any) -> CampaignOrder:
    named = numbers(recipients) if isinstance(recipients, int) else recipients
    usual: dict[str, Any] = {
        "sender": SENDER,
        "allow_duplicate": True,
    }  # most tests send the same over and over
    return CampaignOrder(recipients=named, template=read_template(text), **usual | changes)


def claimed(**changes: Any) -> ClaimedMessage:
    return ClaimedMessage(
        **{
            "id": "01a20284-46ec-7085-90b1-3294384bf7a9",
            "to": PhoneNumber("+14155550101"),
            "sender": SENDER,
            "text": "Hello",
            "not_before": 0.0,
            **changes,
        }
    )


def consent_event(number: str = "+14155550000", **changes: Any) -> ConsentEvent:
    """A STOP, unless changed."""
    usual: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "number": number,
        "event": ConsentKind.OPT_OUT,
        "method": "keyword",
        "wording": "STOP",
        "at": START,
        "salt": secrets.token_hex(10),
    }
    return ConsentEvent(**usual | changes)


def inbound(text: str, from_number: str = "+14155550000", at: datetime = START) -> InboundMessage:
    return InboundMessage(secrets.token_hex(8), PhoneNumber(from_number), SENDER, text, at)
