"""Bodies of webhooks in every shape, as recorded, with made-up numbers."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import FixInput
from app.domain.message import DeliveryReceipt, InboundMessage, MessageStatus
from app.domain.phone import PhoneNumber
from app.vonage.webhooks import event_key, read_inbound, read_status

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
AT = datetime(2025, 2, 3, 12, 14, 25, tzinfo=UTC)
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
REF = "0190c3f0-0000-7000-8000-000000000001"

STATUS_V1: dict[str, Any] = {
    "message_uuid": UUID,
    "to": "447700900000",
    "from": "447700900001",
    "channel": "sms",
    "timestamp": "2025-02-03T12:14:25Z",
    "status": "rejected",
    "client_ref": REF,
    "error": {
        "type": "https://developer.vonage.com/api-errors/messages#1000",
        "title": "1000",
        "detail": "Throttled - too many for +447700900000",
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    },
    "usage": {"currency": "EUR", "price": "0.0333"},
    "destination": {"network_code": "12345"},
    "sms": {"count_total": "2"},
}
STATUS_V0 = {
    "message_uuid": UUID,
    "to": {"type": "sms", "number": "447700900000"},
    "from": {"type": "sms", "number": "447700900001"},
    "timestamp": "2025-02-03T12:14:25.000Z",
    "status": "rejected",
    "error": {"code": 1300, "reason": "Not part of the provider network"},
    "usage": {"currency": "EUR", "price": "0.0333"},
    "client_ref": REF,
}
STATUS_LEGACY = {
    "msisdn": "447700900000",
    "to": "Carillon",
    "network-code": "12345",
    "messageId": "0A0000001234567B",
    "price": "0.03330000",
    "status": "failed",
    "scts": "2502031214",
    "err-code": "6",
    "message-timestamp": "2025-02-03 12:14:25",
    "client-ref": REF,
    "keyword": "",
}
INBOUND_V1 = {
    "channel": "sms",
    "message_uuid": UUID,
    "to": "447700900001",
    "from": "447700900000",
    "timestamp": "2025-02-03T12:14:25Z",
    "message_type": "text",
    "text": " Stop ",
    "sms": {"num_messages": "1", "keyword": "STOP"},
    "usage": {"currency": "EUR", "price": "0.0333"},
    "origin": {"network_code": "12345"},
}
INBOUND_V0 = {
    "message_uuid": UUID,
    "timestamp": "2025-02-03T12:14:25.000Z",
    "from": {"type": "sms", "number": "447700900000"},
    "to": {"type": "sms", "number": "447700900001"},
    "message": {"content": {"type": "text", "text": " Stop "}, "sms": {"num_messages": "1"}},
}
INBOUND_LEGACY = {
    "msisdn": "447700900000",
    "to": "447700900001",
    "messageId": UUID,
    "text": " Stop ",
    "type": "text",
    "keyword": "STOP",
    "api-key": "abcd1234",
    "message-timestamp": "2025-02-03 12:14:25 +0000",
}

RECEIPT = DeliveryReceipt(
    status=MessageStatus.REJECTED,
    at=AT,
    client_ref=REF,
    message_uuid=UUID,
    to="+447700900000",
    error_code="1000",
    reason="Throttled - too many for +********0000",
    price=Decimal("0.0333"),
    currency="EUR",
    segments=2,
)
INBOUND = InboundMessage(UUID, PhoneNumber("+447700900000"), "+447700900001", " Stop ", AT)


def _json(fields: Any) -> bytes:
    return json.dumps(fields).encode()


def _status(shape: dict[str, Any] = STATUS_V1, **changes: Any) -> DeliveryReceipt:
    fields = {name: value for name, value in (shape | changes).items() if value is not ...}
    receipt = read_status(_json(fields), NOW)
    assert receipt is not None
    return receipt


def test_a_v1_status_is_read_whole() -> None:
    assert _status() == RECEIPT


def test_a_v0_1_status_says_the_same() -> None:
    reason = "Not part of the provider network"
    assert _status(STATUS_V0) == replace(RECEIPT, error_code="1300", reason=reason, segments=None)


@pytest.mark.parametrize("body", [_json(STATUS_LEGACY), urlencode(STATUS_LEGACY).encode()])
def test_a_legacy_receipt_says_the_same_as_json_or_form(body: bytes) -> None:
    assert read_status(body, NOW) == replace(
        RECEIPT,
        message_uuid="0A0000001234567B",
        error_code="6",
        reason=None,
        currency=None,
        segments=None,
    )


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("submitted", MessageStatus.SUBMITTED, "7"),
        ("delivered", MessageStatus.DELIVERED, "7"),
        ("DELIVERED", MessageStatus.DELIVERED, "7"),
        ("rejected", MessageStatus.REJECTED, "7"),
        ("undeliverable", MessageStatus.UNDELIVERABLE, "7"),
        ("accepted", MessageStatus.SUBMITTED, "7"),
        ("buffered", MessageStatus.SUBMITTED, "7"),
        ("failed", MessageStatus.REJECTED, "7"),
        ("expired", MessageStatus.REJECTED, "1360"),
        ("unknown", MessageStatus.REJECTED, "1330"),
    ],
)
def test_old_and_new_names_of_statuses_are_understood(
    name: str, status: MessageStatus, code: str
) -> None:
    receipt = _status(STATUS_LEGACY, status=name, **{"err-code": "7"})
    assert (receipt.status, receipt.error_code) == (status, code)


def test_the_legacy_code_zero_means_that_there_is_no_error() -> None:
    receipt = _status(STATUS_LEGACY, status="delivered", **{"err-code": "0"})
    assert receipt.error_code is None


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "whatsapp"},
        {"channel": "mms"},
        {"status": "read"},
        {"status": "something_new"},
        {"channel": ..., "to": {"type": "viber_service_msg", "id": "x"}},
    ],
)
def test_what_is_not_for_us_is_nothing(changes: dict[str, Any]) -> None:
    fields = {name: value for name, value in (STATUS_V1 | changes).items() if value is not ...}
    assert read_status(_json(fields), NOW) is None


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        ({"title": 1240, "detail": "gone"}, "1240", "gone"),
        ({"title": "1240"}, "1240", None),
        ({"title": "Illegal number"}, None, "Illegal number"),
        ({"title": "Throttled", "type": "https://x/messages#1000"}, "1000", "Throttled"),
        ({"error": {"title": "1240", "detail": "gone"}}, "1240", "gone"),
        ({"error": {"type": "https://x/messages#1240"}}, "1240", None),
        ({"error": 1240}, "1240", None),
        ({"code": "1240", "reason": "gone"}, "1240", "gone"),
        ({"type": "https://x/messages#unprovisioned"}, None, None),
        ({"title": "²"}, None, "²"),
        ({"title": ["odd"], "type": 5, "detail": {}}, None, None),
        (1240, "1240", None),
        ("1240", "1240", None),
        ([], None, None),
        (None, None, None),
        (..., None, None),
    ],
)
def test_errors_come_in_many_ways(error: Any, code: str | None, reason: str | None) -> None:
    receipt = _status(error=error)
    assert (receipt.error_code, receipt.reason) == (code, reason)


@pytest.mark.parametrize(
    ("sms", "segments"),
    [
        ({"count_total": "2"}, 2),
        ({"total_count": 3}, 3),
        ({"segments": [{"status": "delivered"}] * 4}, 4),
        ({"count_total": "two"}, None),
        ({"count_total": "0"}, None),
        ({"count_total": "9999999"}, None),
        ({}, None),
        ("2", None),
    ],
)
def test_segments_are_counted_by_either_name(sms: Any, segments: int | None) -> None:
    assert _status(sms=sms).segments == segments


@pytest.mark.parametrize(
    ("usage", "price", "currency"),
    [
        ({"price": "0.0333", "currency": "eur"}, Decimal("0.0333"), "EUR"),
        ({"price": 0.05}, Decimal("0.05"), None),
        ({"price": "0,05", "currency": "euro"}, None, None),
        ({"price": "NaN"}, None, None),
        ({"price": "-1"}, None, None),
        ({"price": "1e400"}, None, None),
        ({"price": [], "currency": {}}, None, None),
        (None, None, None),
    ],
)
def test_an_unreadable_price_is_none(
    usage: Any, price: Decimal | None, currency: str | None
) -> None:
    receipt = _status(usage=usage)
    assert (receipt.price, receipt.currency) == (price, currency)


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2025-02-03T12:14:25Z", AT),
        ("2025-02-03T12:14:25.000Z", AT),
        ("2025-02-03T14:14:25+02:00", AT),
        ("2025-02-03 12:14:25", AT),
        ("2025-02-03 12:14:25 +0000", AT),
        ("1738584865", AT),
        (1738584865000, AT),
        ("soon", NOW),
        ("", NOW),
        (None, NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        ("٢٠٢٥-02-03", NOW),
        (..., NOW),
    ],
)
def test_times_are_read_in_utc_and_an_unreadable_one_is_now(timestamp: Any, at: datetime) -> None:
    receipt = _status(timestamp=timestamp)
    assert receipt.at == at
    assert receipt.at.tzinfo is UTC


def test_the_carriers_time_is_the_last_resort() -> None:
    receipt = _status(STATUS_LEGACY, **{"message-timestamp": ...})
    assert receipt.at == AT.replace(second=0)
    receipt = _status(STATUS_LEGACY, **{"message-timestamp": ..., "scts": "2502039999"})
    assert receipt.at == NOW


@pytest.mark.parametrize(
    ("client_ref", "read"),
    [(REF, REF), (REF.upper(), REF), ("abc123", None), (f"{REF}x", None), (5, None), (None, None)],
)
def test_only_our_own_kind_of_id_is_a_client_ref(client_ref: Any, read: str | None) -> None:
    assert _status(client_ref=client_ref).client_ref == read


def test_either_id_is_enough() -> None:
    assert _status(message_uuid=...).client_ref == REF
    assert _status(client_ref=...).message_uuid == UUID


def test_a_receipt_without_the_rest_is_still_a_receipt() -> None:
    body = _json({"message_uuid": UUID, "status": "delivered"})
    assert read_status(body, NOW) == DeliveryReceipt(
        MessageStatus.DELIVERED, NOW, message_uuid=UUID
    )


@pytest.mark.parametrize("body", [_json(INBOUND_V1), _json(INBOUND_V0), _json(INBOUND_LEGACY)])
def test_an_inbound_text_reads_the_same_in_every_shape(body: bytes) -> None:
    assert read_inbound(body, NOW) == INBOUND


def test_an_inbound_form_reads_the_same_too() -> None:
    assert read_inbound(urlencode(INBOUND_LEGACY).encode(), NOW) == INBOUND


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "whatsapp"},
        {"type": "binary", "text": ...},
        {"status": "delivered", "text": ...},
    ],
)
def test_what_is_no_text_to_us_is_nothing(changes: dict[str, Any]) -> None:
    fields = {name: value for name, value in (INBOUND_V1 | changes).items() if value is not ...}
    assert read_inbound(_json(fields), NOW) is None


@pytest.mark.parametrize(
    ("given_as", "read"),
    [
        ("447700900000", "+447700900000"),
        ("+447700900000", "+447700900000"),
        ("00447700900000", "+447700900000"),
        (447700900000, "+447700900000"),
        ("Bank", "Bank"),
        ("60600", "60600"),
    ],
)
def test_a_sender_that_is_no_number_is_kept_as_given(given_as: Any, read: str) -> None:
    message = read_inbound(_json(INBOUND_V1 | {"from": given_as}), NOW)
    assert message is not None
    assert message.from_number == read


@pytest.mark.parametrize(
    ("text", "read"),
    [("", ""), ("Ja 👍", "Ja 👍"), ("a\0b", "ab"), ("\ud83d", "?"), (1, "1")],
)
def test_a_text_is_kept_as_it_is_if_a_database_can_keep_it(text: Any, read: str) -> None:
    message = read_inbound(_json(INBOUND_V1 | {"text": text}), NOW)
    assert message is not None
    assert message.text == read


def test_every_missing_field_is_named_at_once() -> None:
    with pytest.raises(FixInput) as status:
        read_status(b"{}", NOW)
    with pytest.raises(FixInput) as inbound:
        read_inbound(b'{"from": {}, "to": [], "text": null, "message_uuid": " "}', NOW)
    assert [m.pointer for m in status.value.mistakes] == ["/status", "/message_uuid"]
    assert [m.pointer for m in inbound.value.mistakes] == [
        "/message_uuid",
        "/from",
        "/to",
        "/text",
    ]


@pytest.mark.parametrize(
    "body", [b"", b" ", b"[]", b"{", b"hello", b"\xff\xfe", b'"text"', b"null", b"[" * 100_000]
)
def test_what_is_neither_json_nor_a_form_is_refused(body: bytes) -> None:
    with pytest.raises(FixInput):
        read_status(body, NOW)
    with pytest.raises(FixInput):
        read_inbound(body, NOW)


def test_the_same_event_has_the_same_key() -> None:
    one = _status()
    assert event_key(one) == event_key(_status(usage=None))
    assert event_key(one) != event_key(_status(status="delivered"))
    assert event_key(one) != event_key(_status(timestamp="2025-02-03T12:14:26Z"))
    assert event_key(one) != event_key(_status(message_uuid="other"))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(
    fields=st.dictionaries(
        st.sampled_from(sorted({*STATUS_V1, *STATUS_LEGACY, *INBOUND_V0, "text"})), _VALUES
    )
)
def test_no_body_breaks_the_reader(fields: dict[str, Any]) -> None:
    for read in (read_status, read_inbound):
        for base in ({}, STATUS_V1, INBOUND_V1):
            with suppress(FixInput):
                read(_json(base | fields), NOW)
