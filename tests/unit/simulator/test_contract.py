"""What Vonage takes as a message, and what it refuses."""

import json
from typing import Any

import pytest

from simulator.answers import RefusedError
from simulator.contract import Message, is_number, parse, read_message

GOOD = {
    "to": "15551112222",
    "from": "15557654321",
    "channel": "sms",
    "message_type": "text",
    "text": "Hello",
}


def refusal_of(request: dict[str, Any] | None) -> dict[str, Any]:
    with pytest.raises(RefusedError) as refused:
        read_message(request)
    assert refused.value.answer.status == 422
    document: dict[str, Any] = json.loads(refused.value.answer.body)
    return document


def test_the_least_that_is_needed_is_a_message() -> None:
    assert read_message(GOOD) == Message("15551112222", "15557654321", "Hello")


def test_everything_that_may_be_said_is_read() -> None:
    more = {
        "client_ref": "r" * 100,
        "ttl": 604_800,
        "webhook_url": "http://127.0.0.1/x",
        "webhook_version": "v0.1",
        "trusted_recipient": True,
        "sms": {"encoding_type": "unicode"},
        "unknown": 1,
    }
    message = read_message(GOOD | more)
    assert message.client_ref == "r" * 100
    assert message.webhook_url == "http://127.0.0.1/x"
    assert message.webhook_version == "v0.1"
    assert message.encoding == "unicode"


@pytest.mark.parametrize("name", GOOD)
def test_no_required_field_may_be_missing(name: str) -> None:
    document = refusal_of({key: value for key, value in GOOD.items() if key != name})
    assert document["invalid_parameters"] == [{"name": name, "reason": "is required"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", "+15551112222"),
        ("to", "123456"),
        ("to", "1" * 16),
        ("to", 15551112222),
        ("to", ["15551112222"]),
        ("to", "005551112222"),
        ("to", "15551112222\n"),
        ("from", ""),
        ("from", "+15557654321"),
        ("from", "TwelveLetter"),
        ("from", None),
        ("channel", "mms"),
        ("message_type", "image"),
        ("text", ""),
        ("text", "a" * 3201),
        ("text", None),
        ("client_ref", "r" * 101),
        ("client_ref", 7),
        ("ttl", 19),
        ("ttl", 604_801),
        ("ttl", "60"),
        ("ttl", True),
        ("webhook_url", "ftp://example.com"),
        ("webhook_version", "v2"),
        ("webhook_version", ["v1"]),
        ("trusted_recipient", "yes"),
        ("sms", "text"),
        ("sms", {"encoding_type": "gsm"}),
    ],
)
def test_a_wrong_field_is_named(name: str, value: object) -> None:
    document = refusal_of({**GOOD, name: value})
    assert [mistake["name"] for mistake in document["invalid_parameters"]] == [name]
    assert set(document) == {"type", "title", "detail", "instance", "invalid_parameters"}


def test_all_wrong_fields_are_named_at_once() -> None:
    document = refusal_of({"to": "x", "from": "ACME", "channel": "sms", "text": ""})
    names = {mistake["name"] for mistake in document["invalid_parameters"]}
    assert names == {"to", "text", "message_type"}
    assert document["title"] == "Invalid params"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert parse(body) is None
    assert refusal_of(None)["title"] == "Invalid JSON"


@pytest.mark.parametrize("value", ["1555111222²", "١٥٥٥١١١٢٢٢٢", 5, None])
def test_only_ascii_digits_are_a_number(value: object) -> None:
    assert not is_number(value)
