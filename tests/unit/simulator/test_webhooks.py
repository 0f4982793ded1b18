"""When webhooks are repeated, what they say, and what the log shows."""

import pytest

from simulator.behaviours import Receipt, When
from simulator.contract import Message
from simulator.payloads import Accepted, Text, receipt_payload, text_payload, timestamp
from simulator.server import masked
from simulator.webhooks import may_repeat, pause

NOW = 1_800_000_000.0
REJECTED = Receipt("rejected", When.FINAL, 1240)
ACCEPTED = Accepted.count(Message("15552400001", "ACME", "a" * 161, "a-ref"), "a-uuid")
STOP = Text("15551112222", "15557654321", "Stop, please", "a-uuid")


@pytest.mark.parametrize("status", [None, 429, 500, 503, 599])
def test_a_webhook_is_repeated_after_what_may_pass(status: int | None) -> None:
    assert may_repeat(status)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 404, 410])
def test_a_webhook_is_not_repeated_after_anything_else(status: int) -> None:
    assert not may_repeat(status)


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    pauses = [pause(5, failures) for failures in range(10)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert pause(5, 10_000) == 900


def test_a_time_is_written_in_utc() -> None:
    assert timestamp(1738584865.25) == "2025-02-03T12:14:25.250Z"


def test_a_rejection_in_the_v1_shape_names_its_code() -> None:
    payload = receipt_payload(ACCEPTED, REJECTED, NOW, "v1")
    assert payload["error"]["title"] == "1240"
    assert payload["error"]["type"].endswith("#1240")
    assert payload["sms"] == {"count_total": "2"}
    assert payload["usage"] == {"currency": "EUR", "price": "0.0666"}
    assert (payload["to"], payload["client_ref"]) == ("15552400001", "a-ref")


def test_a_rejection_in_the_v01_shape_names_its_code() -> None:
    payload = receipt_payload(ACCEPTED, REJECTED, NOW, "v0.1")
    assert payload["error"]["code"] == 1240
    assert payload["to"] == {"type": "sms", "number": "15552400001"}
    assert "channel" not in payload


def test_a_message_without_a_reference_has_receipts_without_one() -> None:
    accepted = Accepted.count(Message("15551112222", "ACME", "x"), "a-uuid")
    assert "client_ref" not in receipt_payload(accepted, REJECTED, NOW, "v1")


def test_an_incoming_text_names_its_keyword_in_capitals() -> None:
    payload = text_payload(STOP, NOW)
    assert payload["sms"] == {"num_messages": "1", "keyword": "STOP,"}
    assert payload["from"] == "15551112222"


def test_a_log_line_shows_two_digits_of_a_number() -> None:
    assert masked("/ledger/15551112222") == "/ledger/*****22"
    assert masked("/v1/messages") == "/v1/messages"
