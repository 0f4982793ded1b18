"""POST /webhooks/inbound: what people text us, STOP before all else."""

from typing import Any

import pytest

from tests.support.builders import SENDER, numbers
from tests.support.site import LATER, Site, eventually, open_site
from tests.support.webhooks import as_bytes, inbound, signed

SOMEBODY = "+14155550000"


def test_a_stop_of_somebody_we_do_not_know_is_recorded(site: Site) -> None:
    answer = site.webhook("inbound", inbound("STOP", SOMEBODY))

    assert (answer.status_code, answer.text) == (200, "OK")
    assert [row["number"] for row in site.rows("opt_outs")] == [SOMEBODY]
    (event,) = site.rows("consent_events")
    assert (event["event"], event["method"], event["wording"]) == ("opt_out", "keyword", "STOP")
    assert site.rows("contacts") == []


def test_a_stop_skips_what_is_queued_everywhere(site: Site) -> None:
    one = site.campaign(2, scheduled_at=LATER)
    other = site.campaign(2, message="Another", scheduled_at=LATER)

    site.webhook("inbound", inbound("stop please", numbers(1)[0]))
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))

    for launched in (one, other):
        skipped, queued = site.messages(launched)
        assert (skipped["status"], skipped["reason"]) == ("skipped", "opted out")
        assert queued["status"] == "queued"


def test_three_stops_are_confirmed_once_from_the_number_that_was_texted(site: Site) -> None:
    for _ in range(3):
        assert site.webhook("inbound", inbound("STOP", SOMEBODY)).status_code == 200

    eventually(lambda: len(site.gateway.sent) == 1)
    (sent,) = site.gateway.sent
    assert (sent.sender, sent.to, sent.campaign_id) == (SENDER, SOMEBODY, None)
    assert sent.text.startswith("Bells: you are unsubscribed")
    assert len(site.rows("consent_events")) == 3
    assert len(site.rows("messages")) == 1


def test_the_confirmation_goes_out_although_its_reader_opted_out(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", SOMEBODY))

    eventually(lambda: [row["status"] for row in site.rows("messages")] == ["accepted"])
    assert [row["kind"] for row in site.rows("messages")] == ["reply"]


def test_a_start_is_confirmed_once_and_opens_the_way_again(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))
    for _ in range(3):
        assert site.webhook("inbound", inbound("START", numbers(1)[0])).status_code == 200

    assert site.campaign(1)["results"]["accepted_count"] == 1
    assert site.rows("opt_outs") == []
    eventually(lambda: len(site.gateway.sent) == 3)
    texts = [message.text for message in site.gateway.sent]
    assert sum("unsubscribed" in text for text in texts) == 1
    assert sum("subscribed again" in text for text in texts) == 1


def test_a_start_of_somebody_who_never_stopped_is_kept_and_not_answered(site: Site) -> None:
    site.webhook("inbound", inbound("START", SOMEBODY))

    assert len(site.rows("inbound_messages")) == 1
    assert site.rows("messages") == []


def test_help_is_answered_also_to_those_who_opted_out(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", SOMEBODY))
    site.webhook("inbound", inbound("HELP", SOMEBODY))

    eventually(lambda: len(site.gateway.sent) == 2)
    assert sum("rates may apply" in message.text for message in site.gateway.sent) == 1
    assert [row["number"] for row in site.rows("opt_outs")] == [SOMEBODY]


@pytest.mark.parametrize("text", ["STOP", "HELP", "Hello"])
def test_the_same_text_sent_again_changes_nothing(site: Site, text: str) -> None:
    body = inbound(text, SOMEBODY)

    for _ in range(3):
        assert site.webhook("inbound", body).status_code == 200

    assert len(site.rows("inbound_messages")) == 1
    assert len(site.rows("webhook_events")) == 1
    assert len(site.rows("messages")) == (0 if text == "Hello" else 1)


def test_any_other_text_is_kept_and_not_answered(site: Site) -> None:
    site.webhook("inbound", inbound("See you at 8 👋", SOMEBODY))

    (kept,) = site.rows("inbound_messages")
    assert (kept["from_number"], kept["to"], kept["text"]) == (SOMEBODY, SENDER, "See you at 8 👋")
    assert kept["reading"] == "other"
    assert site.rows("consent_events") == site.rows("messages") == []


@pytest.mark.parametrize(
    "body",
    [
        {
            "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
            "timestamp": "2026-03-02T12:00:00.000Z",
            "from": {"type": "sms", "number": "14155550000"},
            "to": {"type": "sms", "number": "15550001111"},
            "message": {"content": {"type": "text", "text": "STOP"}},
        },
        {
            "msisdn": "14155550000",
            "to": "15550001111",
            "messageId": "0A0000001234567B",
            "text": "STOP",
            "type": "text",
            "keyword": "STOP",
            "message-timestamp": "2026-03-02 12:00:00",
        },
        b"msisdn=14155550000&to=15550001111&messageId=0A0000001234567B&text=STOP&type=text",
    ],
    ids=["nested", "legacy", "form"],
)
def test_older_shapes_are_read_as_well(site: Site, body: dict[str, Any] | bytes) -> None:
    assert site.webhook("inbound", body).status_code == 200

    assert [row["number"] for row in site.rows("opt_outs")] == [SOMEBODY]


def test_other_channels_and_receipts_are_acknowledged_and_dropped(site: Site) -> None:
    for body in (
        inbound("STOP", channel="whatsapp"),
        {**inbound("STOP"), "from": {"type": "viber_service", "number": "14155550000"}},
        {**inbound("x"), "text": None, "status": "delivered"},
        inbound("STOP", type="binary"),
    ):
        assert site.webhook("inbound", body).status_code == 200

    assert site.rows("inbound_messages") == site.rows("opt_outs") == []


def test_what_cannot_be_read_is_kept_and_acknowledged(site: Site) -> None:
    bodies: list[dict[str, Any] | bytes] = [
        b"{",
        b"",
        b"\xff\x00",
        b"[]",
        {},
        {"text": "STOP"},
        {**inbound("STOP"), "from": None},
        {**inbound("STOP"), "message_uuid": {"a": 1}},
    ]
    for body in bodies:
        assert site.webhook("inbound", body).status_code == 200, body

    kept = site.rows("webhook_events")
    assert ({row["kind"] for row in kept}, len(kept)) == ({"unread"}, len(bodies))


def test_odd_texts_and_senders_are_kept_as_far_as_they_go(site: Site) -> None:
    odd: list[dict[str, Any]] = [
        {"text": ""},
        {"text": "STOP\x00"},
        {"text": "\ud800 half"},
        {"text": "x" * 20_000},
        {"text": 5},
        {"from": "Bank"},
        {"from": "12345"},
        {"from": "x" * 5000, "text": "STOP"},
        {"to": "x" * 5000, "text": "STOP"},
        {"to": "12345", "text": "STOP"},
        {"to": "Bells", "text": "HELP"},
        {"timestamp": "soon"},
    ]
    for changes in odd:
        body = {**inbound("Hello", f"+1415555{odd.index(changes):04}"), **changes}
        assert site.webhook("inbound", body).status_code == 200, changes

    kept = len(site.rows("inbound_messages"))
    unread = sum(row["kind"] == "unread" for row in site.rows("webhook_events"))
    assert kept + unread == len(odd)


def test_an_unsigned_call_is_503_and_a_wrong_one_401(site: Site) -> None:
    body = inbound("STOP")

    unsigned = site.client.post("/webhooks/inbound", json=body)
    wrong = site.client.post(
        "/webhooks/inbound", data=as_bytes(body), headers=signed(body, "x" * 40)
    )

    assert (unsigned.status_code, wrong.status_code) == (503, 401)
    assert site.rows("opt_outs") == site.rows("webhook_events") == []


def test_people_read_whom_to_ask(database_url: str) -> None:
    with open_site(database_url, SUPPORT_CONTACT="help@bells.test") as site:
        site.webhook("inbound", inbound("HELP", SOMEBODY))
        eventually(lambda: len(site.gateway.sent) == 1)

    assert "help@bells.test" in site.gateway.sent[0].text
