"""POST /send-sms: one message, through the same outbox."""

import threading
from typing import Any

import pytest

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.web import messages
from tests.support.builders import SENDER
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import Site, open_site
from tests.support.webhooks import inbound

BODY = {"to": "+14155550101", "text": "Hello"}


def test_the_tutorials_request_is_answered_in_the_tutorials_words(site: Site) -> None:
    answer = site.post("/send-sms", BODY)

    assert answer.status_code == 200
    message_id = answer.json["message_id"]
    assert answer.json == {
        "message_uuid": f"uuid-of-{message_id}",
        "status": "Message submitted",
        "message_id": message_id,
    }
    (sent,) = site.gateway.sent
    assert (sent.id, sent.to, sent.sender, sent.text) == (
        message_id,
        "+14155550101",
        SENDER,
        "Hello",
    )


def test_it_can_be_looked_at_like_any_message(site: Site) -> None:
    message_id = site.post("/send-sms", BODY).json["message_id"]

    found = site.get(f"/api/messages/{message_id}").json

    assert (found["kind"], found["campaign_id"], found["status"]) == ("single", None, "accepted")


def test_number_and_sender_are_read_as_people_write_them(site: Site) -> None:
    answer = site.post("/send-sms", {"to": "1 (415) 555-0101", "text": "x", "from": "15550002222"})

    assert answer.status_code == 200
    assert [(each.to, each.sender) for each in site.gateway.sent] == [
        ("+14155550101", "+15550002222")
    ]


def test_a_number_that_may_not_exist_is_tried(site: Site) -> None:
    assert site.post("/send-sms", {"to": "+15551112222", "text": "x"}).status_code == 200


def test_every_mistake_is_named_at_once_and_nothing_is_stored(site: Site) -> None:
    wrong: list[tuple[Any, set[str]]] = [
        ({}, {"/to", "/text"}),
        ({"to": "", "text": ""}, {"/to", "/text"}),
        ({"to": 14155550101, "text": 5}, {"/to", "/text"}),
        ({"to": None, "text": None}, {"/to", "/text"}),
        ({"to": "call me", "text": "x" * 3201, "from": "?"}, {"/to", "/text", "/from"}),
        ({**BODY, "recipients": []}, {"/recipients"}),
        ({**BODY, "from_": "Bells"}, {"/from_"}),
        ({"to": ["+14155550101"], "text": "x"}, {"/to"}),
    ]
    for body, pointers in wrong:
        answer = site.post("/send-sms", body)
        assert answer.status_code == 422, body
        assert answer.mimetype == "application/problem+json"
        assert {each["pointer"] for each in answer.json["errors"]} == pointers, body
    assert site.rows("messages") == []


def test_a_refusal_of_vonages_comes_back_with_its_code_and_detail(site: Site) -> None:
    its_fault: list[str | None] = ["1120", "1000", "422", "400"]
    ours_or_theirs: list[str | None] = ["401", "402", "403", "404", None]
    for code in its_fault + ours_or_theirs:
        refused = Outcome(OutcomeKind.REFUSED, "that will not do", code=code)
        site.gateway.answer = lambda _, outcome=refused: outcome

        answer = site.post("/send-sms", BODY)

        assert answer.status_code == (422 if code in its_fault else 502), code
        assert answer.mimetype == "application/problem+json"
        assert answer.json["type"] == "urn:carillon:problem:refused-by-vonage"
        assert answer.json["detail"] == "that will not do"
        assert answer.json["code"] == code
        assert answer.json["message_id"]


def test_without_credit_there_is_no_campaign_to_pause_and_it_is_a_502(database_url: str) -> None:
    no_credit = Outcome(OutcomeKind.CAMPAIGN_MUST_PAUSE, "low balance", code="402")
    with open_site(database_url, FakeGateway(lambda _: no_credit)) as site:
        answer = site.post("/send-sms", BODY)

    assert (answer.status_code, answer.json["code"]) == (502, "402")


def test_a_doubt_is_a_504_that_says_so(database_url: str) -> None:
    doubt = Outcome(OutcomeKind.IN_DOUBT, "no answer came in time")
    with open_site(database_url, FakeGateway(lambda _: doubt)) as site:
        answer = site.post("/send-sms", BODY)

    assert answer.status_code == 504
    assert answer.json["type"] == "urn:carillon:problem:in-doubt"
    assert answer.json["detail"] == "no answer came in time"


def test_who_opted_out_is_a_409_and_nothing_is_sent(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", BODY["to"]))

    answer = site.post("/send-sms", BODY)

    assert answer.status_code == 409
    assert answer.json["type"] == "urn:carillon:problem:opted-out"
    assert all(message.text != "Hello" for message in site.gateway.sent)


def test_what_takes_too_long_is_answered_as_queued(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(10)
        return accepted(message)

    monkeypatch.setattr(messages, "_WAIT", 0.05)
    with open_site(database_url, FakeGateway(waits)) as site:
        answer = site.post("/send-sms", BODY)
        gate.set()

    assert answer.status_code == 202
    assert answer.json["message_uuid"] is None
    assert answer.json["status"] == "Message queued"
