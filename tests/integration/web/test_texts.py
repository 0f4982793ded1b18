"""What texts cost, what senders add to them, and what is found wrong before anything is queued."""

from typing import Any

import pytest

from tests.support.builders import SENDER, numbers
from tests.support.site import LATER, Answer, Site

LINE = "Reply STOP to opt out"
TEXTS = {
    "programme_name": "Bells",
    "add_programme_name": True,
    "opt_out_line": LINE,
    "add_opt_out_line": True,
}
CURLY = "It\u2019s " + "a" * 95


def put_texts(site: Site, **body: Any) -> Answer:
    path = f"/api/senders/{SENDER}/texts"
    return site.client.put(path, headers=site.key, json=body)


def texts_of(site: Site, campaign: dict[str, Any]) -> list[str]:
    return [each["text"] for each in site.messages(campaign)]


def mistakes(answer: Answer) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["detail"] for each in answer.json["errors"]}


def test_a_text_is_counted_with_its_culprits(quick_site: Site) -> None:
    assert quick_site.post("/api/segments", {"text": CURLY}).json == {
        "encoding": "UCS-2",
        "units": 100,
        "segments": 2,
        "parts": [67, 33],
        "remaining": 34,
        "culprits": [
            {
                "character": "\u2019",
                "name": "RIGHT SINGLE QUOTATION MARK",
                "positions": [2],
                "replacement": "'",
            }
        ],
        "segments_after": 1,
        "advice": "Replace \u2019 with ' : 2 segments become 1",
    }


def test_a_plain_text_needs_no_advice(quick_site: Site) -> None:
    counted = quick_site.post("/api/segments", {"text": "Hi {{ name }}"}).json

    assert (counted["encoding"], counted["units"], counted["remaining"]) == ("GSM-7", 17, 143)
    assert (counted["culprits"], counted["advice"]) == ([], None)


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": 5}])
def test_what_is_no_text_is_not_counted(quick_site: Site, body: Any) -> None:
    assert mistakes(quick_site.post("/api/segments", body)).keys() == {"/text"}


def test_a_sender_adds_nothing_until_it_is_told_to(site: Site) -> None:
    assert site.get(f"/api/senders/{SENDER}/texts").json == {
        "sender": SENDER,
        "programme_name": None,
        "add_programme_name": False,
        "opt_out_line": None,
        "add_opt_out_line": False,
    }


def test_what_a_sender_adds_is_kept_and_taken_back(site: Site) -> None:
    assert put_texts(site, **TEXTS).json == {"sender": SENDER, **TEXTS}
    assert site.get(f"/api/senders/{SENDER}/texts").json == {"sender": SENDER, **TEXTS}
    assert put_texts(site).json["add_opt_out_line"] is False
    assert site.rows("sender_texts")[0]["opt_out_line"] is None
    events = site.get("/api/audit", subject=SENDER).json["events"]
    assert [each["details"]["opt_out_line"] for each in events] == [None, LINE]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"add_programme_name": True, "programme_name": None}, {"/add_programme_name"}),
        ({"add_programme_name": True}, {"/add_programme_name"}),
        ({"add_opt_out_line": True}, {"/add_opt_out_line"}),
        ({"programme_name": "x" * 41, "opt_out_line": "x" * 161}, None),
        ({"programme_name": "!", "opt_out_line": "a\nb"}, None),
        ({"programme_name": "", "opt_out_line": 5}, None),
        ({"add_opt_out_line": "yes"}, {"/add_opt_out_line"}),
    ],
)
def test_every_mistake_is_named(quick_site: Site, body: Any, pointers: set[str] | None) -> None:
    expected = pointers or {"/programme_name", "/opt_out_line"}
    assert mistakes(put_texts(quick_site, **body)).keys() == expected


def test_the_lines_of_its_sender_are_in_every_campaign_text(site: Site) -> None:
    put_texts(site, **TEXTS)
    people = [{"to": numbers(1)[0], "name": "Ada"}, {"to": numbers(2)[1], "name": "Bea"}]

    plain = site.campaign(1)
    personal = site.campaign(people, message="Hi {{ name }}")
    other = site.campaign(1, **{"from": "Other"})

    assert texts_of(site, plain) == [f"Bells: Hello\n{LINE}"]
    assert texts_of(site, personal) == [f"Bells: Hi {each}\n{LINE}" for each in ("Ada", "Bea")]
    assert texts_of(site, other) == ["Hello"]
    assert site.get(plain["campaign"]["links"]["self"]).json["message"] == "Hello"


def test_single_messages_and_replies_get_nothing_added(site: Site) -> None:
    put_texts(site, **TEXTS)

    site.post("/send-sms", {"to": numbers(1)[0], "text": "Your code is 1234"})

    assert [message.text for message in site.gateway.sent] == ["Your code is 1234"]


def test_what_is_added_is_counted(site: Site) -> None:
    put_texts(site, **TEXTS)

    campaign = site.campaign(2, message="x" * 150, scheduled_at=LATER)

    assert {each["segments"] for each in site.messages(campaign)} == {2}
    shown = site.get(campaign["campaign"]["links"]["self"]).json["text"]
    assert shown["segments"] == {"min": 2, "max": 2, "total": 4}


def test_a_text_that_is_too_long_with_what_is_added_is_refused(site: Site) -> None:
    put_texts(site, **TEXTS)
    body = {"recipients": numbers(2), "message": "x" * 3180}

    found = mistakes(site.post("/api/campaigns/send", body))

    whole = 3180 + len("Bells: ") + len("\n") + len(LINE)
    reason = f"the text has {whole} characters, Vonage takes 3200, with what is added for {SENDER}"
    assert found == {"/message": reason}
    assert site.rows("campaigns") == []


def test_only_those_are_refused_whose_own_text_becomes_too_long(site: Site) -> None:
    put_texts(site, **TEXTS)
    one, two = numbers(2)
    people = [{"to": one, "name": "x" * 3180}, {"to": two, "name": "Bea"}]

    results = site.campaign(people, message="{{ name }}")["results"]

    assert (results["accepted_count"], results["rejected_count"]) == (1, 1)


def test_a_text_that_comes_out_empty_is_not_saved_by_what_is_added(site: Site) -> None:
    put_texts(site, **TEXTS)
    one, two = numbers(2)

    results = site.campaign(
        [{"to": one, "name": "Ada"}, two], message="{% if name %}{{ name }}{% endif %}"
    )["results"]

    assert (results["accepted_count"], results["refused"][0]["reason"]) == (1, "the text is empty")


def test_what_a_sender_adds_when_a_draft_is_launched_counts(site: Site) -> None:
    draft = site.post("/api/campaigns", {"recipients": numbers(1), "message": "Hello"}).json
    put_texts(site, **TEXTS)

    launched = site.post(f"/api/campaigns/{draft['id']}/launch").json

    assert texts_of(site, {"campaign": launched}) == [f"Bells: Hello\n{LINE}"]


def test_a_campaign_says_what_its_texts_cost(site: Site) -> None:
    people = [{"to": number, "name": name} for number, name in zip(numbers(3), "abc", strict=True)]
    people[2]["name"] = "\u0142"
    body = {"recipients": people, "message": CURLY + "{{ name }}"}

    draft = site.post("/api/campaigns", body).json

    assert draft["text"] == {
        "segments": {"min": 2, "max": 2, "total": 6},
        "culprits": [
            {
                "character": "\u2019",
                "name": "RIGHT SINGLE QUOTATION MARK",
                "replacement": "'",
                "people": 3,
            },
            {
                "character": "\u0142",
                "name": "LATIN SMALL LETTER L WITH STROKE",
                "replacement": None,
                "people": 1,
            },
        ],
        "advice": ["Replace \u2019 with ' : 2 segments become 1 for 2 people"],
    }
    plain = {"message": CURLY.replace("\u2019", "'")}
    path = draft["links"]["self"]
    changed = site.client.patch(path, headers=site.key, json=plain).json
    assert changed["text"] == {
        "segments": {"min": 1, "max": 1, "total": 3},
        "culprits": [],
        "advice": [],
    }


def test_of_nobodys_text_nothing_is_said(site: Site) -> None:
    draft = site.post("/api/campaigns", {"recipients": ["x"], "message": "Hello"}).json

    assert draft["text"] is None


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/campaigns/send"])
def test_a_field_that_nobody_has_is_a_mistake_of_the_text(site: Site, path: str) -> None:
    people = [{"to": number, "first_name": "Ada"} for number in numbers(2)]
    body = {"recipients": people, "message": "Hi {{ frist_name }}, {{ first_name }}"}

    assert mistakes(site.post(path, body)) == {
        "/message": 'no recipient has a field "frist_name": did you mean "first_name"?'
    }
    assert site.rows("campaigns") == site.rows("messages") == []


def test_a_change_that_nobody_could_read_is_not_made(site: Site) -> None:
    campaign = site.campaign(2, scheduled_at=LATER)
    path = campaign["campaign"]["links"]["self"]

    answer = site.client.patch(path, headers=site.key, json={"message": "Hi {{ name }}"})

    assert mistakes(answer).keys() == {"/message"}
    assert texts_of(site, campaign) == ["Hello", "Hello"]
