"""The inbox over HTTP: threads, replies, what is unread."""

from typing import Any

from tests.support.builders import SENDER, numbers
from tests.support.site import Answer, Site, eventually
from tests.support.webhooks import inbound

ONE, OTHER = numbers(2)


def text(site: Site, words: str, number: str = ONE) -> None:
    assert site.webhook("inbound", inbound(words, number)).status_code == 200


def threads(site: Site, **query: Any) -> list[dict[str, Any]]:
    answer = site.get("/api/inbox", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["threads"]
    return found


def reply(site: Site, words: str = "Until six.", number: str = ONE, **headers: str) -> Answer:
    return site.post(f"/api/inbox/{number}/replies", {"text": words}, **headers)


def test_threads_stand_by_number_the_newest_first_with_what_is_unread(site: Site) -> None:
    text(site, "When do you open?")
    text(site, "Hello", OTHER)
    text(site, "And on Sunday?")

    first, second = threads(site)
    assert (first["number"], first["unread"], first["last_text"]) == (ONE, 2, "And on Sunday?")
    assert (second["number"], second["unread"]) == (OTHER, 1)
    page = site.get("/api/inbox", limit=1).json
    assert [each["number"] for each in site.get(page["next"]).json["threads"]] == [OTHER]


def test_a_repeated_webhook_is_unread_once(site: Site) -> None:
    body = inbound("Hello", ONE)
    site.webhook("inbound", body)
    site.webhook("inbound", body)

    assert [each["unread"] for each in threads(site)] == [1]


def test_a_thread_is_marked_as_read_and_as_unread_again(site: Site) -> None:
    text(site, "Hello")

    assert site.post(f"/api/inbox/{ONE}/read", {"read": True}).json["unread"] == 0
    assert threads(site, unread="true") == []
    assert site.post(f"/api/inbox/{ONE}/read", {"read": False}).json["unread"] == 1
    assert site.post(f"/api/inbox/{OTHER}/read", {"read": True}).status_code == 404


def test_a_text_leads_to_the_campaign_that_it_answers(site: Site) -> None:
    text(site, "Before all")
    campaign = site.campaign([ONE], name="Autumn sale")["campaign"]
    text(site, "How long?")
    reply(site)
    eventually(lambda: site.get(f"/api/inbox/{ONE}").json["said"][0]["status"] == "accepted")
    text(site, "Thanks")

    (thread,) = threads(site)
    assert (thread["campaign_id"], thread["campaign_name"]) == (campaign["id"], "Autumn sale")
    said = site.get(f"/api/inbox/{ONE}").json["said"]
    assert [(each["text"], each["campaign_name"]) for each in said] == [
        ("Thanks", "Autumn sale"),
        ("Until six.", None),
        ("How long?", "Autumn sale"),
        ("Hello", "Autumn sale"),
        ("Before all", None),
    ]
    page = site.get(f"/api/inbox/{ONE}", limit=3).json
    assert [each["text"] for each in site.get(page["next"]).json["said"]] == ["Hello", "Before all"]


def test_a_reply_goes_out_once_from_the_number_that_was_texted(site: Site) -> None:
    other_sender = "+15550007777"
    body = inbound("Hello", ONE, to=other_sender.removeprefix("+"))
    site.webhook("inbound", body)

    answers = [reply(site, Idempotency_Key="reply-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json["id"] == answers[1].json["id"]
    eventually(lambda: len(site.gateway.sent) == 1)
    (message,) = site.rows("messages")
    assert (message["sender"], message["number"], message["kind"]) == (other_sender, ONE, "single")
    assert threads(site)[0]["unread"] == 0
    (event,) = site.get("/api/audit", subject=answers[0].json["id"]).json["events"]
    assert event["action"] == "replied"


def test_a_reply_to_somebody_who_opted_out_is_refused_in_words(site: Site) -> None:
    text(site, "STOP")
    before = len(site.rows("messages"))

    answer = reply(site, Idempotency_Key="refused")
    assert answer.status_code == 409
    assert "opted out" in answer.json["detail"]
    assert len(site.rows("messages")) == before
    assert threads(site)[0]["opted_out_at"]
    text(site, "START")
    assert reply(site, Idempotency_Key="refused").status_code == 202  # nothing was used up


def test_nobody_is_written_to_who_never_wrote(site: Site) -> None:
    assert reply(site).status_code == 404
    assert reply(site, "").status_code in (404, 422)
    assert site.rows("messages") == []


def test_texts_to_names_and_unknown_fields_are_refused(quick_site: Site) -> None:
    text(quick_site, "Hello")

    assert (
        quick_site.post(f"/api/inbox/{ONE}/replies", {"text": "x", "to": SENDER}).status_code == 422
    )
    assert quick_site.post(f"/api/inbox/{ONE}/read", {"read": "yes"}).status_code == 422
    assert quick_site.get("/api/inbox", before="x").status_code == 422
