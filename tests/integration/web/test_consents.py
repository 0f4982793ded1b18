"""Consent over HTTP: told with its proof, shown, reviewed."""

import re
from typing import Any

import pytest

from tests.support.builders import SENDER, numbers
from tests.support.site import LATER, Answer, Site, eventually
from tests.support.webhooks import inbound

ONE, OTHER = numbers(2)
PROOF = {
    "number": ONE,
    "event": "opt_in",
    "method": "web_form",
    "wording": "Yes, send me offers",
    "wording_version": "2026-03",
    "ip": "192.0.2.7",
    "user_agent": "Mozilla/5.0",
    "actor": "form 12",
    "scope": "Bells",
    "expires_at": "2099-01-01T00:00:00Z",
    "evidence_url": "https://forms.test/12",
    "source_file": "forms.csv",
    "source_row": 3,
}


def tell(site: Site, *consents: dict[str, Any]) -> Answer:
    return site.post("/api/consents", {"consents": list(consents)})


def of(site: Site, number: str = ONE) -> dict[str, Any]:
    answer = site.get(f"/api/numbers/{number}/consent")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def text(site: Site, words: str, number: str = ONE) -> None:
    assert site.webhook("inbound", inbound(words, number)).status_code == 200


def test_an_opt_in_is_kept_with_all_of_its_proof(site: Site) -> None:
    answer = tell(site, PROOF)

    assert answer.status_code == 200, answer.text
    (result,) = answer.json["results"]
    assert (result["event"], result["state"], result["changed"]) == ("opt_in", "opted_in", True)
    page = of(site)
    assert (page["state"], page["expired"]) == ("opted_in", False)
    (event,) = page["events"]
    told = {name: value for name, value in PROOF.items() if name != "number"}
    assert told.items() <= event.items()
    assert site.house.services.consent_proof.verify().flaw is None


def test_nothing_known_is_said_so(site: Site) -> None:
    page = of(site)

    assert (page["state"], page["events"], page["since"]) == ("none", [], None)


def test_an_opt_out_skips_what_waits_and_is_not_answered(site: Site) -> None:
    launched = site.campaign(2, scheduled_at=LATER)

    answer = tell(site, {"number": ONE, "event": "opt_out", "method": "agent", "wording": "called"})

    assert answer.json["results"][0]["state"] == "opted_out"
    assert [each["status"] for each in site.messages(launched)] == ["skipped", "queued"]
    assert len(site.rows("messages")) == 2
    listed = site.get("/api/opt-outs").json["opt_outs"]
    assert [(each["number"], each["wording"]) for each in listed] == [(ONE, "called")]


def test_mistakes_are_all_named_and_nothing_is_recorded(site: Site) -> None:
    answer = tell(
        site,
        {"number": ONE, "event": "opt_in"},
        {**PROOF, "at": "2999-01-01T00:00:00Z"},
        {**PROOF, "expires_at": "2001-01-01T00:00:00Z"},
        {"number": OTHER, "event": "opt_out", "double_opt_in": True},
    )

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [
        "/consents/0/wording",
        "/consents/1/at",
        "/consents/2/expires_at",
        "/consents/3/double_opt_in",
    ]
    assert site.rows("consent_events") == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"number": "12"}, "/consents/0/number"),
        ({"event": "erase"}, "/consents/0/event"),
        ({"ip": "here"}, "/consents/0/ip"),
        ({"evidence_url": "javascript:alert(1)"}, "/consents/0/evidence_url"),
        ({"at": "2026-01-01T00:00:00"}, "/consents/0/at"),
        ({"colour": "red"}, "/consents/0/colour"),
    ],
)
def test_what_cannot_be_read_is_named(site: Site, changes: dict[str, Any], pointer: str) -> None:
    answer = tell(site, PROOF | changes)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_an_opt_in_does_not_undo_an_opt_out_unless_it_is_newer_and_meant(site: Site) -> None:
    tell(site, PROOF)
    text(site, "STOP")

    for changes in ({}, {"after_opt_out": True, "at": "2020-01-01T00:00:00Z"}):
        refused = tell(site, PROOF | changes)
        assert refused.status_code == 422
        assert refused.json["errors"][0]["pointer"] == "/consents/0"
    assert of(site)["state"] == "opted_out"

    assert tell(site, {**PROOF, "after_opt_out": True}).status_code == 200
    page = of(site)
    assert page["state"] == "opted_in"
    assert [each["event"] for each in page["events"]] == ["opt_in", "opt_out", "re_opt_in"]
    assert site.campaign([ONE])["results"]["accepted_count"] == 1


def test_a_double_opt_in_is_one_when_the_person_says_yes(site: Site) -> None:
    for _ in range(2):  # and is asked once
        tell(site, {**PROOF, "double_opt_in": True})
    assert of(site)["state"] == "pending"
    eventually(lambda: len(site.gateway.sent) == 1)
    assert "reply YES" in site.gateway.sent[0].text

    text(site, "yes please")

    page = of(site)
    assert page["state"] == "opted_in"
    assert page["events"][-1]["event"] == "confirmed"
    assert (page["events"][-1]["actor"], page["events"][-1]["wording"]) == (
        "the person",
        "yes please",
    )
    text(site, "Yes")  # to any other question
    assert len(of(site)["events"]) == 3


def test_whoever_left_is_not_asked_by_text(site: Site) -> None:
    text(site, "STOP")
    eventually(lambda: len(site.gateway.sent) == 1)

    answer = tell(site, {**PROOF, "double_opt_in": True, "after_opt_out": True})

    assert answer.status_code == 422
    assert "only START" in answer.json["detail"]
    assert len(site.rows("messages")) == 1


def test_softer_words_are_listed_and_a_person_takes_them_back_or_not(site: Site) -> None:
    text(site, "We got the wrong number of seats", ONE)
    text(site, "Stpo", OTHER)
    text(site, "STOP", numbers(3)[2])
    first, second = site.get("/api/reviews").json["reviews"]
    assert (first["method"], second["method"]) == ("phrase", "typo")

    one = site.post(f"/api/reviews/{first['event_id']}", {"as": "no_opt_out"})
    other = site.post(f"/api/reviews/{second['event_id']}", {"as": "opt_out"})

    assert one.status_code == other.status_code == 200
    assert site.get("/api/reviews").json["reviews"] == []
    assert of(site, ONE)["state"] == "none"
    assert of(site, ONE)["events"][-1]["event"] == "reversed"
    assert of(site, OTHER)["state"] == "opted_out"
    again = site.post(f"/api/reviews/{first['event_id']}", {"as": "no_opt_out"})
    assert again.status_code == 409
    assert site.campaign([ONE, OTHER])["results"]["opted_out_count"] == 1


def test_what_was_said_again_plainly_is_not_taken_back(site: Site) -> None:
    text(site, "wrong number")
    text(site, "STOP")
    (review,) = site.get("/api/reviews").json["reviews"]

    answer = site.post(f"/api/reviews/{review['event_id']}", {"as": "no_opt_out"})

    assert answer.status_code == 409
    assert of(site)["state"] == "opted_out"


def test_an_unknown_review_is_not_found(site: Site) -> None:
    for name in ("01a20284-46ec-7085-90b1-3294384bf7a9", "x"):
        assert site.post(f"/api/reviews/{name}", {"as": "opt_out"}).status_code == 404


def test_opt_outs_come_in_pages(site: Site) -> None:
    named = numbers(5)
    tell(site, *({"number": each, "event": "opt_out"} for each in named))

    found: list[str] = []
    path = "/api/opt-outs?limit=2"
    while path:
        page = site.get(path).json
        found += [each["number"] for each in page["opt_outs"]]
        path = page["next"]

    assert found == named[::-1]


@pytest.mark.parametrize("path", ["consent.html", "consent"])
def test_the_proof_is_a_page_that_can_do_nothing(site: Site, path: str) -> None:
    tell(site, {**PROOF, "wording": "<script>alert(1)</script>"})

    page = site.client.get(
        f"/api/numbers/{ONE}/{path}", headers={**site.key, "Accept": "text/html"}
    )

    assert page.mimetype == "text/html"
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "192.0.2.7" in page.text
    assert "://" not in page.text.replace("https://forms.test/12", "")
    for words in ("Web form", "Version of the wording", "forms.csv, row 3", "Holds for"):
        assert words in page.text
    assert "Opted in: may be written to" in page.text
    assert "Runs out on 1 January 2099, 00:00:00 UTC" in page.text
    assert re.search(r"Since \d+ \w+ 20\d\d, \d\d:\d\d:\d\d UTC", page.text)
    for name in ("wording_version", "source_row", "opt_in<", "expires_at"):
        assert name not in page.text
    assert not re.search(r"\d\d:\d\d:\d\d\.\d", page.text), "fractions of a second"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_a_sender_speaks_for_itself_and_has_words_of_its_own(site: Site) -> None:
    path = f"/api/senders/{SENDER}/consent"
    before = site.get(path).json
    assert before["programme_name"] == "Bells"

    answer = site.client.put(
        path,
        headers=site.key,
        json={
            "programme_name": "Owls",
            "support_contact": "owl@owls.test",
            "frequency": "Two a week.",
            "opt_out_words": ["Ça suffit", "BYE"],
            "help_words": ["who dis"],
        },
    )

    assert answer.status_code == 200, answer.text
    assert answer.json["opt_out_words"] == ["bye", "ca suffit"]
    assert site.get(path).json == answer.json
    text(site, "who dis?")
    eventually(lambda: len(site.gateway.sent) == 1)
    for needed in ("Owls", "owl@owls.test", "Two a week.", "rates may apply", "STOP"):
        assert needed in site.gateway.sent[0].text
    text(site, "bye, thank you")
    assert of(site)["state"] == "opted_out"


def test_where_the_provider_answers_stop_we_do_not(site: Site) -> None:
    site.client.put(
        f"/api/senders/{SENDER}/consent",
        headers=site.key,
        json={"opt_out_managed_by": "provider"},
    )

    text(site, "STOP")

    assert of(site)["state"] == "opted_out"
    assert site.rows("messages") == []
    assert site.get(f"/api/senders/{SENDER}/consent").json["opt_out_text"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"opt_in_words": ["stop"]}, "/opt_in_words/0"),
        ({"opt_out_words": ["!"]}, "/opt_out_words/0"),
        ({"opt_out_words": ["bye"], "help_words": ["Bye!"]}, "/help_words/0"),
        ({"help_text": "Bells: call us. Reply STOP"}, None),
        ({"help_text": "Bells: call us"}, "/help_text"),
        ({"opt_out_text": "Bye"}, "/opt_out_text"),
        ({"support_contact": "a@b.test", "help_text": "Bells, STOP"}, "/help_text"),
    ],
)
def test_words_and_texts_that_would_not_do_are_refused(
    site: Site, body: dict[str, Any], pointer: str | None
) -> None:
    answer = site.client.put(f"/api/senders/{SENDER}/consent", headers=site.key, json=body)

    assert answer.status_code == (422 if pointer else 200), answer.text
    assert [each["pointer"] for each in answer.json.get("errors", [])] == [pointer] * bool(pointer)


def test_the_timeline_tells_of_consent_in_words(site: Site) -> None:
    tell(site, {**PROOF, "double_opt_in": True})
    text(site, "YES")
    tell(site, {"number": ONE, "event": "opt_out", "actor": "Ann", "wording": "by letter"})

    entries = site.get(f"/api/numbers/{ONE}/timeline").json["entries"]

    told = {each["what"]: each["sentence"] for each in entries}
    assert told["asked_to_confirm"].startswith("was asked to confirm an opt-in as recorded by form")
    assert told["opted_in"] == "confirmed the opt-in by texting “YES”"
    assert told["opted_out"] == "opted out as recorded by Ann: “by letter”"
