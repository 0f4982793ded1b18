"""POST /api/campaigns/send: the tutorial's request, and every way to say more."""

import threading
import time
from typing import Any

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.support.builders import SENDER, numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, open_site
from tests.support.webhooks import inbound

SEND = "/api/campaigns/send"


def test_the_tutorials_request_is_answered_in_the_tutorials_words(site: Site) -> None:
    body = {"recipients": ["+15551112222", "+15553334444"], "message": "Hello from our campaign!"}

    answer = site.post(SEND, body)

    assert answer.status_code == 202
    assert answer.json["status"] == "processing"
    assert answer.json["message"] == "Campaign processing initiated for 2 recipients."
    assert {"successful_count", "failed_count"} <= answer.json["results"].keys()
    assert answer.headers["Location"] == answer.json["campaign"]["links"]["self"]


def test_the_tutorials_own_numbers_are_sent_to_with_a_warning(site: Site) -> None:
    answer = site.campaign(["+15551112222"])

    assert answer["results"]["successful_count"] == 1
    assert answer["results"]["rejected_count"] == 0
    assert answer["results"]["not_valid_count"] == 1
    assert answer["results"]["not_valid"][0] == {
        "index": 0,
        "value": "+15551112222",
        "reason": "possible, but in no numbering plan: it may not exist",
        "duplicate": False,
    }


def test_a_synchronous_client_sees_final_counts(database_url: str) -> None:
    def refuses_one(message: ClaimedMessage) -> Outcome:
        if message.to == numbers(1)[0]:
            return Outcome(OutcomeKind.REFUSED, "no such number", code="1120")
        return accepted(message)

    with open_site(database_url, FakeGateway(refuses_one)) as site:
        body = {"recipients": [*numbers(5), "nonsense"], "message": "Hello"}
        answer = site.post(SEND, body, Prefer="wait=10")

        assert answer.headers["Preference-Applied"] == "wait=10"
        results = answer.json["results"]
        assert (results["successful_count"], results["failed_count"]) == (4, 2)
        assert len(site.gateway.sent) == 5


def test_it_is_answered_when_stored_and_before_anything_was_sent(database_url: str) -> None:
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(10)
        return accepted(message)

    with open_site(database_url, FakeGateway(waits)) as site:
        answer = site.post(SEND, {"recipients": numbers(3), "message": "Hello"})
        stored = site.get(answer.json["campaign"]["links"]["self"]).json
        gate.set()

        assert answer.json["results"]["successful_count"] == 0
        assert answer.json["results"]["accepted_count"] == 3
        assert answer.json["campaign"]["status"] == "sending"
        assert stored["recipient_count"] == 3
        assert stored["messages"]["queued"] + stored["messages"]["sending"] == 3


def test_a_wait_ends_when_its_time_is_over(database_url: str) -> None:
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(10)
        return accepted(message)

    with open_site(database_url, FakeGateway(waits)) as site:
        began = time.monotonic()
        answer = site.post(SEND, {"recipients": numbers(1), "message": "x"}, Prefer="wait=1")
        took = time.monotonic() - began
        gate.set()

        assert answer.status_code == 202
        assert answer.json["results"]["successful_count"] == 0
        assert 1.0 <= took < 9.0


def test_a_wait_is_at_most_thirty_seconds(site: Site) -> None:
    answer = site.post(SEND, {"recipients": ["x"], "message": "x"}, Prefer="wait=9999999999")

    assert answer.headers["Preference-Applied"] == "wait=30"


def test_a_wait_may_stand_among_other_preferences(site: Site) -> None:
    body = {"recipients": ["x"], "message": "x"}
    for preference in ("respond-async, wait=7", 'foo; wait="7"', "WAIT=7, bar=1"):
        answer = site.post(SEND, body, Prefer=preference)
        applied = answer.headers.get("Preference-Applied")
        assert applied == "wait=7", preference


def test_a_wait_that_is_no_number_is_no_wait(site: Site) -> None:
    body = {"recipients": ["x"], "message": "x"}
    for preference in (
        "wait",
        "wait=",
        "wait=-1",
        "wait=soon",
        "wait=0",
        "=,;",
        "wait*=UTF-8''%ff",
    ):
        answer = site.post(SEND, body, Prefer=preference)
        assert answer.status_code == 202, preference
        assert "Preference-Applied" not in answer.headers, preference


def test_recipients_may_be_objects_with_fields(site: Site) -> None:
    one, two, three = numbers(3)
    people = [
        {"to": one, "name": "Ada", "orders": 3.0},
        {"to": two, "name": "Bea", "orders": True},
        three,
    ]

    answer = site.campaign(people, message="Hi {{ name | default: 'you' }}: {{ orders }}")

    assert answer["results"]["accepted_count"] == 2
    assert answer["results"]["refused"] == [
        {
            "index": 2,
            "value": three,
            "reason": "the text needs a value for orders",
            "duplicate": False,
        }
    ]
    assert {message.text for message in site.gateway.sent} == {"Hi Ada: 3", "Hi Bea: true"}


def test_numbers_are_read_as_people_write_them(site: Site) -> None:
    written = [
        "+1 415 555 0101",
        "1 (415) 555-0102",
        "0014155550103",
        "tel:+1-415-555-0104",
        "+1.415.5550105",
        " 14155550106\u200b",
    ]

    answer = site.campaign(written)

    assert answer["results"]["accepted_count"] == 6
    assert sorted(message.to for message in site.gateway.sent) == [
        f"+1415555010{place}" for place in range(1, 7)
    ]


def test_duplicates_are_sent_to_once_and_reported(site: Site) -> None:
    answer = site.campaign(["+14155550101", "+14155550102", "1 415 555 0101"])

    results = answer["results"]
    assert (results["accepted_count"], results["duplicate_count"]) == (2, 1)
    assert results["rejected_count"] == results["failed_count"] == 0
    assert results["refused"] == [
        {
            "index": 2,
            "value": "1 415 555 0101",
            "reason": "the same number as recipient 0",
            "duplicate": True,
        }
    ]
    assert len(site.gateway.sent) == 2


def test_recipients_that_name_nobody_are_refused_with_the_reason(site: Site) -> None:
    shown: list[tuple[Any, str]] = [
        ("", ""),
        ("call me", "call me"),
        ("123", "123"),
        (14155550101, "14155550101"),
        (None, "None"),
        (["+14155550101"], "['+14155550101']"),
        ({}, "{}"),
        ({"phone": "+14155550101"}, "{'phone': '+14155550101'}"),
        ({"to": 14155550101}, "14155550101"),
        ({"to": None}, "None"),
        ({"to": "+14155550101", "x": {"y": 1}}, "+14155550101"),
        ({"to": "+14155550101", "x": [1]}, "+14155550101"),
        ("9" * 5000, "9" * 100),
    ]

    results = site.campaign([*(value for value, _ in shown), "+14155550199"])["results"]

    refused = results["refused"]
    assert [each["index"] for each in refused] == list(range(len(shown)))
    assert [each["value"] for each in refused] == [text for _, text in shown]
    assert all(len(each["reason"]) > 5 and not each["duplicate"] for each in refused)
    assert results["rejected_count"] == results["failed_count"] == len(shown)
    assert [message.to for message in site.gateway.sent] == ["+14155550199"]


def test_the_first_hundred_refusals_are_shown_with_their_number(database_url: str) -> None:
    with open_site(database_url) as site:
        answer = site.campaign(["x"] * 150)

        assert len(answer["results"]["refused"]) == 100
        assert answer["results"]["refused_total"] == 150
        assert answer["results"]["failed_count"] == 150
        seen, page = [], answer["campaign"]["links"]["refusals"] + "?limit=60"
        while page:
            found = site.get(page).json
            seen += [each["index"] for each in found["refusals"]]
            page = found["next"]
        assert seen == list(range(150))


def test_who_opted_out_is_counted_and_not_written_to(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))

    answer = site.campaign(3)

    results = answer["results"]
    assert (results["accepted_count"], results["opted_out_count"]) == (2, 1)
    texted = [message.to for message in site.gateway.sent if message.text == "Hello"]
    assert sorted(texted) == numbers(3)[1:]


def test_the_counts_add_up_to_the_recipients(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))
    named = [*numbers(4), numbers(1)[0], numbers(2)[1], "x", "", 5]

    results = site.campaign(named)["results"]

    counted = ("accepted_count", "rejected_count", "duplicate_count", "opted_out_count")
    assert [results[name] for name in counted] == [3, 3, 2, 1]
    assert sum(results[name] for name in counted) == len(named)


def test_name_sender_and_time_can_be_chosen(site: Site) -> None:
    answer = site.campaign(
        2, **{"name": "Spring", "from": "Bells", "scheduled_at": "2099-01-01T01:00:00+01:00"}
    )

    found = site.get(answer["campaign"]["links"]["self"]).json
    assert found["name"] == answer["campaign"]["name"] == "Spring"
    assert found["from"] == "Bells"
    assert found["scheduled_at"] == "2099-01-01T00:00:00Z"
    assert found["status"] == "scheduled"
    assert found["started_at"] is None
    assert found["messages"]["queued"] == 2
    assert site.gateway.sent == []


def test_without_them_they_have_sensible_values(site: Site) -> None:
    answer = site.campaign(1)

    found = site.get(answer["campaign"]["links"]["self"]).json
    assert found["name"].startswith("Campaign of ")
    assert found["from"] == SENDER
    assert found["scheduled_at"] is None


def test_a_time_that_is_over_means_at_once(site: Site) -> None:
    body = {"recipients": numbers(1), "message": "x", "scheduled_at": "2020-01-01T00:00:00Z"}
    answer = site.post(SEND, body, Prefer="wait=10")

    assert answer.json["results"]["successful_count"] == 1


MISTAKES: list[tuple[dict[str, Any], set[str]]] = [
    ({"recipients": []}, {"/recipients"}),
    ({"recipients": ...}, {"/recipients"}),
    ({"recipients": "+14155550101"}, {"/recipients"}),
    ({"recipients": {"to": "+14155550101"}}, {"/recipients"}),
    ({"recipients": None}, {"/recipients"}),
    ({"recipients": numbers(51)}, {"/recipients"}),
    ({"message": ...}, {"/message"}),
    ({"message": ""}, {"/message"}),
    ({"message": " \n"}, {"/message"}),
    ({"message": 5}, {"/message"}),
    ({"message": None}, {"/message"}),
    ({"message": "x" * 3201}, {"/message"}),
    ({"message": "{{ name" + "x" * 10_001}, {"/message"}),
    ({"message": "{{ open"}, {"/message"}),
    ({"message": "{% for a in b %}{% endfor %}"}, {"/message"}),
    ({"name": ""}, {"/name"}),
    ({"name": "x" * 201}, {"/name"}),
    ({"name": 7}, {"/name"}),
    ({"from": ""}, {"/from"}),
    ({"from": "a name that is too long"}, {"/from"}),
    ({"from": "0123"}, {"/from"}),
    ({"from": ["+15550001111"]}, {"/from"}),
    ({"from_": "Bells"}, {"/from_"}),
    ({"scheduled_at": "tomorrow"}, {"/scheduled_at"}),
    ({"scheduled_at": "2027-01-01T00:00:00"}, {"/scheduled_at"}),
    ({"scheduled_at": 1893456000}, {"/scheduled_at"}),
    ({"scheduled_at": "0001-01-01T00:00:00+23:59"}, {"/scheduled_at"}),
    ({"scheduled_at": "9999-12-31T23:59:59-23:59"}, {"/scheduled_at"}),
    ({"unknown": 1}, {"/unknown"}),
    ({"a/b~c": 1}, {"/a~1b~0c"}),
    (
        {"recipients": [], "message": "", "name": "", "from": "?", "more": 1},
        {"/recipients", "/message", "/name", "/from", "/more"},
    ),
]


def test_every_mistake_is_named_at_once_and_nothing_is_stored(site: Site) -> None:
    for changes, pointers in MISTAKES:
        body = {"recipients": numbers(1), "message": "Hello"} | changes

        answer = site.post(SEND, {name: value for name, value in body.items() if value is not ...})

        assert answer.status_code == 422, changes
        assert answer.mimetype == "application/problem+json"
        assert answer.json["type"] == "urn:carillon:problem:invalid-input"
        assert {each["pointer"] for each in answer.json["errors"]} == pointers, changes
        assert all(each["detail"] for each in answer.json["errors"])
    assert site.get("/api/campaigns").json == {"campaigns": [], "next": None}
    assert site.gateway.sent == []


def test_as_many_recipients_as_allowed_are_taken(site: Site) -> None:
    assert site.campaign(50, scheduled_at=LATER)["results"]["accepted_count"] == 50


def test_a_message_of_the_greatest_length_is_taken(site: Site) -> None:
    assert site.campaign(1, message="x" * 3200)["results"]["successful_count"] == 1


def test_a_text_that_comes_out_too_long_is_refused_for_that_recipient_alone(site: Site) -> None:
    one, two = numbers(2)
    people = [{"to": one, "name": "x" * 3201}, {"to": two, "name": "Bea"}]

    results = site.campaign(people, message="{{ name }}")["results"]

    assert (results["accepted_count"], results["rejected_count"]) == (1, 1)
    assert [message.to for message in site.gateway.sent] == [two]


def test_texts_arrive_letter_for_letter(site: Site) -> None:
    text = 'Grüße 👋 "quoted" \\ back\\u0000slash { single } \t\n €'

    site.campaign(1, message=text)

    assert [message.text for message in site.gateway.sent] == [text]


def test_the_same_request_twice_is_two_campaigns_where_that_is_meant(site: Site) -> None:
    first, second = site.campaign(2), site.campaign(2, allow_duplicate=True)

    assert first["campaign"]["id"] != second["campaign"]["id"]
    assert len(site.gateway.sent) == 4
