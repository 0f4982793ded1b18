"""POST /webhooks/status: the carrier's word on our messages, however it comes."""

import threading
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.message import ClaimedMessage, Outcome
from tests.support.builders import SIGNATURE_SECRET, numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import Site, eventually, open_site
from tests.support.webhooks import Body, as_bytes, receipt, signed

UNKNOWN = {
    "id": "01a20284-46ec-7085-90b1-3294384bf7a9",
    "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
    "number": "+14155550101",
}


def sent(site: Site, count: int = 1) -> list[dict[str, Any]]:
    """So many messages that Vonage took."""
    return site.messages(site.campaign(count))


def now(site: Site, message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site.get(f"/api/messages/{message['id']}").json
    return found


def test_a_receipt_moves_its_message_on(site: Site) -> None:
    (message,) = sent(site)

    for minute, status in enumerate(["submitted", "delivered"]):
        answer = site.webhook("status", receipt(message, status, minute))
        assert (answer.status_code, answer.text) == (200, "OK")
        assert now(site, message)["status"] == status


def test_what_two_tries_of_a_message_came_to_at_the_same_moment_is_heard_twice(site: Site) -> None:
    (message,) = sent(site)
    other = {**message, "message_uuid": UNKNOWN["message_uuid"]}

    for each in (message, other, message, other):
        site.webhook("status", receipt(each, "submitted"))

    kept = [row for row in site.rows("webhook_events") if row["kind"] == "status"]
    assert {row["message_uuid"] for row in kept} == {
        message["message_uuid"],
        other["message_uuid"],
    }
    assert len(kept) == 2


def test_receipts_of_messages_stand_in_the_order_of_these(site: Site) -> None:
    """So that the index which knows repeats is written in few places."""
    messages = sent(site, 20)

    for message in messages:
        site.webhook("status", receipt(message, "submitted"))

    by_key = sorted(site.rows("webhook_events"), key=lambda row: row["event_key"])
    of = [str(row["message_id"]).replace("-", "") for row in by_key]
    assert of == sorted(message["id"].replace("-", "") for message in messages)


def test_a_rejection_keeps_code_and_reason(site: Site) -> None:
    (message,) = sent(site)
    error = {
        "type": "https://developer.vonage.com/api-errors/messages#1300",
        "title": "1300",
        "detail": "Not part of the provider network",
    }

    site.webhook("status", receipt(message, "rejected", error=error))

    found = now(site, message)
    assert (found["status"], found["error_code"]) == ("rejected", "1300")
    assert found["reason"] == "Not part of the provider network"


def test_every_order_of_four_receipts_twice_each_ends_alike(site: Site) -> None:
    words = ["submitted", "undeliverable", "rejected", "delivered"]
    orders = list(permutations(range(4)))
    messages = sent(site, len(orders))

    for message, order in zip(messages, orders, strict=True):
        for place in order + order:
            answer = site.webhook("status", receipt(message, words[place], minute=place))
            assert answer.status_code == 200

    names = ("status", "status_at", "final_at", "reason", "error_code", "price", "currency")
    ends = {tuple(now(site, message)[name] for name in names) for message in messages}
    assert ends == {
        ("delivered", "2026-03-02T12:03:00Z", "2026-03-02T12:03:00Z", None, None, "0.0333", "EUR")
    }


def test_a_repeat_is_journalled_once(site: Site) -> None:
    (message,) = sent(site)
    body = receipt(message, "delivered")

    for _ in range(3):
        assert site.webhook("status", body).status_code == 200

    assert len(site.rows("webhook_events")) == 1


def test_a_receipt_may_come_before_our_own_record(database_url: str) -> None:
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(10)
        return accepted(message)

    with open_site(database_url, FakeGateway(waits)) as site:
        body = {"recipients": numbers(2), "message": "Hello"}
        answer = site.post("/api/campaigns/send", body)
        eventually(lambda: len(site.gateway.sent) == 2)
        named, unnamed = (
            {**message, "message_uuid": f"uuid-of-{message['id']}"}
            for message in site.messages(answer.json)
        )
        assert site.webhook("status", receipt(named, "delivered")).status_code == 200
        without = receipt(unnamed, "delivered", client_ref=None)
        assert site.webhook("status", without).status_code == 200
        gate.set()
        eventually(lambda: all(each["accepted_at"] for each in site.messages(answer.json)))
        assert {each["status"] for each in site.messages(answer.json)} == {"delivered"}


def test_receipts_of_messages_that_are_not_ours_are_acknowledged_and_kept(site: Site) -> None:
    for body in (
        receipt(UNKNOWN, "delivered"),
        receipt(UNKNOWN, "submitted", client_ref="not ours"),
        receipt(UNKNOWN, "rejected", message_uuid=None),
    ):
        assert site.webhook("status", body).status_code == 200

    assert len(site.rows("webhook_events")) == 3


@pytest.mark.parametrize("shape", ["nested", "legacy", "form"])
def test_older_shapes_are_read_as_well(site: Site, shape: str) -> None:
    (message,) = sent(site)
    legacy = {
        "msisdn": message["number"].removeprefix("+"),
        "to": "Bells",
        "messageId": message["message_uuid"],
        "client-ref": message["id"],
        "status": "delivered",
        "scts": "2603021205",
        "err-code": "0",
        "price": "0.03330000",
        "message-timestamp": "2026-03-02 12:05:00",
    }
    bodies: dict[str, Body] = {
        "nested": {
            "message_uuid": message["message_uuid"],
            "client_ref": message["id"],
            "to": {"type": "sms", "number": message["number"].removeprefix("+")},
            "from": {"type": "sms", "number": "15550001111"},
            "timestamp": "2026-03-02T12:05:00.000Z",
            "status": "delivered",
            "usage": {"currency": "EUR", "price": "0.0333"},
        },
        "legacy": legacy,
        "form": urlencode(legacy).encode(),
    }

    assert site.webhook("status", bodies[shape]).status_code == 200

    found = now(site, message)
    assert (found["status"], found["price"]) == ("delivered", "0.0333")
    assert found["status_at"] == "2026-03-02T12:05:00Z"


def test_a_form_may_say_that_it_is_one(site: Site) -> None:
    (message,) = sent(site)
    body = urlencode({"messageId": message["message_uuid"], "status": "delivered"}).encode()
    headers = {**signed(body), "Content-Type": "application/x-www-form-urlencoded"}

    assert site.client.post("/webhooks/status", data=body, headers=headers).status_code == 200

    assert now(site, message)["status"] == "delivered"


def test_other_channels_and_unknown_words_are_acknowledged_and_dropped(site: Site) -> None:
    (message,) = sent(site)

    for body in (
        receipt(message, "delivered", channel="whatsapp"),
        receipt(message, "delivered", to={"type": "viber_service", "id": "x"}),
        receipt(message, "read"),
        receipt(message, "a word of tomorrow"),
    ):
        assert site.webhook("status", body).status_code == 200

    assert now(site, message)["status"] == "accepted"
    assert site.rows("webhook_events") == []


def test_what_cannot_be_read_is_kept_and_acknowledged(site: Site) -> None:
    bodies: list[bytes] = [
        b"{",
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b'{"status": "delivered"}',
        b'{"message_uuid": "x"}',
        b'{"status": {"a": 1}, "message_uuid": []}',
        b'{"a": "' + b"\\u0000" * 3 + b'"}',
        b"[" * 5000,
    ]
    for body in bodies:
        for _ in range(2):
            assert site.webhook("status", body).status_code == 200, body

    kept = site.rows("webhook_events")
    assert {row["kind"] for row in kept} == {"unread"}
    assert len(kept) == len(bodies)
    assert any(row["body"] == '{"status": "delivered"}' for row in kept)


def test_odd_values_are_read_as_far_as_they_go(site: Site) -> None:
    (message, *others) = sent(site, 9)
    odd: list[dict[str, Any]] = [
        {"timestamp": "yesterday"},
        {"usage": {"price": "NaN", "currency": "EURO"}},
        {"usage": {"price": "-1"}},
        {"usage": {"price": "1e999"}},
        {"usage": "free"},
        {"error": {"detail": "x\x00y \ud800" * 200, "title": "9" * 500}},
        {"sms": {"count_total": "many"}},
        {"to": "x" * 5000},
    ]
    for other, changes in zip(others, odd, strict=True):
        body = receipt(other, "delivered", **changes)
        assert site.webhook("status", body).status_code == 200, changes
        assert now(site, other)["status"] == "delivered", changes
    assert now(site, message)["status"] == "accepted"


def test_an_unsigned_call_is_503_so_that_vonage_sends_it_again(site: Site) -> None:
    (message,) = sent(site)

    for headers in ({}, {"Authorization": ""}, {"Authorization": "  "}):
        answer = site.client.post(
            "/webhooks/status", json=receipt(message, "delivered"), headers=headers
        )
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    assert now(site, message)["status"] == "accepted"


def test_a_wrong_signature_is_401_and_changes_nothing(site: Site) -> None:
    (message,) = sent(site)
    body = receipt(message, "delivered")
    forged = [
        signed(body, "another-secret-of-thirty-two-chars"),
        signed(receipt(message, "rejected")),
        signed(body, iat=0),
        signed(body, iss="Nobody"),
        signed(body, api_key="other123"),
        signed(body, payload_hash=None),
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic x"},
        site.key,
    ]
    for headers in forged:
        answer = site.client.post("/webhooks/status", data=as_bytes(body), headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"] == "The credentials are missing or wrong."
    assert now(site, message)["status"] == "accepted"
    assert site.rows("webhook_events") == []


def test_both_secrets_are_believed_while_one_is_changed(database_url: str) -> None:
    new = "a-new-signature-secret-for-the-tests"
    secrets = f"{SIGNATURE_SECRET},{new}"
    with open_site(database_url, VONAGE_SIGNATURE_SECRET=secrets) as site:
        for secret in (SIGNATURE_SECRET, new):
            body = receipt(UNKNOWN, "delivered")
            answer = site.client.post(
                "/webhooks/status", data=as_bytes(body), headers=signed(body, secret)
            )
            assert answer.status_code == 200


def test_a_body_that_no_webhook_has_is_not_read_to_its_end(site: Site) -> None:
    body = b"x" * 300_000

    for headers in (signed(body), {}):
        answer = site.client.post("/webhooks/status", data=body, headers=headers)
        assert answer.status_code == 413


def test_a_campaign_counts_what_was_heard(site: Site) -> None:
    launched = site.campaign(4)
    words = ["delivered", "rejected", "undeliverable", "submitted"]
    for message, word in zip(site.messages(launched), words, strict=True):
        site.webhook("status", receipt(message, word))

    found = site.get(launched["campaign"]["links"]["self"]).json

    assert {word: count for word, count in found["messages"].items() if count} == dict.fromkeys(
        words, 1
    )
    assert found["results"]["successful_count"] == 4  # Vonage took them all


def test_error_1240_is_an_opt_out(site: Site) -> None:
    launched = site.campaign(1)
    (message,) = site.messages(launched)
    error = {"title": "1240", "detail": "the recipient has sent STOP"}

    site.webhook("status", receipt(message, "rejected", error=error))

    assert site.campaign(1)["results"]["opted_out_count"] == 1
    (event,) = site.rows("consent_events")
    assert (event["number"], event["event"], event["method"]) == (
        numbers(1)[0],
        "opt_out",
        "carrier",
    )
