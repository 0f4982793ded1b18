"""Looking at campaigns and messages, page by page."""

import json
from typing import Any

import pytest

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.support.builders import SENDER, numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, open_site
from tests.support.webhooks import receipt

NOBODYS_ID = "01a20284-46ec-7085-90b1-3294384bf7a9"


def walk(site: Site, path: str, name: str) -> list[list[dict[str, Any]]]:
    """Every page from here on, by the links to the next."""
    pages = []
    while path:
        answer = site.get(path)
        assert answer.status_code == 200
        pages.append(answer.json[name])
        path = answer.json["next"]
    return pages


def test_campaigns_come_page_by_page_the_newest_first(site: Site) -> None:
    made = [site.campaign(1, scheduled_at=LATER)["campaign"]["id"] for _ in range(5)]

    pages = walk(site, "/api/campaigns?limit=2", "campaigns")

    assert [each["id"] for page in pages for each in page] == made[::-1]
    assert [len(page) for page in pages] == [2, 2, 1]


def test_without_campaigns_there_is_an_empty_page(site: Site) -> None:
    assert site.get("/api/campaigns").json == {"campaigns": [], "next": None}


def test_a_campaign_tells_how_it_stands(site: Site) -> None:
    launched = site.campaign([*numbers(2), numbers(1)[0], "x"], name="Spring")

    found = site.get(launched["campaign"]["links"]["self"]).json

    assert found["id"] == launched["campaign"]["id"]
    assert (found["name"], found["message"], found["from"]) == ("Spring", "Hello", SENDER)
    assert found["status"] == "finished"
    assert found["recipient_count"] == 4
    assert {name: count for name, count in found["messages"].items() if count} == {"accepted": 2}
    counted = {name: found["results"][name] for name in launched["results"] if "_count" in name}
    assert counted == {name: launched["results"][name] for name in counted}
    for name in ("created_at", "started_at", "finished_at"):
        assert found[name].endswith("Z"), name


def test_messages_come_page_by_page_in_the_order_of_the_recipients(site: Site) -> None:
    launched = site.campaign(5, scheduled_at=LATER)

    pages = walk(site, f"{launched['campaign']['links']['messages']}?limit=2", "messages")

    assert [each["number"] for page in pages for each in page] == numbers(5)
    assert [len(page) for page in pages] == [2, 2, 1]


def test_messages_can_be_asked_for_by_status(database_url: str) -> None:
    def refuses_two(message: ClaimedMessage) -> Outcome:
        if message.to in numbers(2):
            return Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")
        return accepted(message)

    with open_site(database_url, FakeGateway(refuses_two)) as site:
        path = site.campaign(5)["campaign"]["links"]["messages"]

        failed = walk(site, f"{path}?status=failed&limit=1", "messages")
        taken = site.get(path, status="accepted").json["messages"]
        queued = site.get(path, status="queued").json

    assert [each["number"] for page in failed for each in page] == numbers(2)
    assert [each["number"] for each in taken] == numbers(5)[2:]
    assert queued == {"messages": [], "next": None}


def test_a_message_tells_all_that_is_known_of_it(site: Site) -> None:
    launched = site.campaign(1)
    (message,) = site.messages(launched)
    site.webhook("status", receipt(message, "delivered", minute=5))

    found = site.get(f"/api/messages/{message['id']}").json

    assert found == site.messages(launched)[0]
    assert found["campaign_id"] == launched["campaign"]["id"]
    assert (found["kind"], found["number"], found["from"]) == ("campaign", numbers(1)[0], SENDER)
    assert (found["text"], found["segments"], found["attempts"]) == ("Hello", 1, 1)
    assert found["status"] == "delivered"
    assert found["status_at"] == found["final_at"] == "2026-03-02T12:05:00Z"
    assert found["message_uuid"] == f"uuid-of-{found['id']}"
    assert (found["price"], found["currency"], found["billed_segments"]) == ("0.0333", "EUR", 1)
    assert (found["reason"], found["error_code"]) == (None, None)
    for name in ("created_at", "sent_at", "accepted_at"):
        assert found[name].endswith("Z"), name


def test_a_refused_message_tells_code_and_reason(database_url: str) -> None:
    refused = Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")
    with open_site(database_url, FakeGateway(lambda _: refused)) as site:
        (found,) = site.messages(site.campaign(1))

    assert (found["status"], found["error_code"]) == ("failed", "1120")
    assert found["reason"] == "Invalid recipient"
    assert (found["message_uuid"], found["price"], found["accepted_at"]) == (None, None, None)


def test_prices_are_written_as_people_write_them(site: Site) -> None:
    launched = site.campaign(4)
    prices = {"10": "10", "0.10": "0.1", "0": "0", "1e2": "100"}
    for message, price in zip(site.messages(launched), prices, strict=True):
        usage = {"currency": "EUR", "price": price}
        site.webhook("status", receipt(message, "delivered", usage=usage))

    assert [each["price"] for each in site.messages(launched)] == list(prices.values())


def test_a_message_that_waits_has_no_times_yet(site: Site) -> None:
    (found,) = site.messages(site.campaign(1, scheduled_at=LATER))

    assert (found["status"], found["attempts"]) == ("queued", 0)
    for name in ("sent_at", "accepted_at", "final_at", "message_uuid", "price", "reason"):
        assert found[name] is None, name


def test_a_page_that_is_asked_for_wrongly_is_422_with_the_name(site: Site) -> None:
    links = site.campaign(1, scheduled_at=LATER)["campaign"]["links"]
    campaigns, messages, refusals = "/api/campaigns", links["messages"], links["refusals"]
    wrong = [
        (campaigns, "limit=0", "?limit"),
        (campaigns, "limit=1001", "?limit"),
        (campaigns, "limit=-1", "?limit"),
        (campaigns, "limit=many", "?limit"),
        (campaigns, "limit=", "?limit"),
        (campaigns, "limit=" + "9" * 5000, "?limit"),
        (campaigns, "before=garbage", "?before"),
        (campaigns, "before=", "?before"),
        (campaigns, "before='; drop table campaigns; --", "?before"),
        (campaigns, "before=%00", "?before"),
        (campaigns, "before=01a20284", "?before"),
        (campaigns, "status=sold", "?status"),
        (campaigns, "text=%00", "?text"),
        (messages, "error_code=%00", "?error_code"),
        (messages, "number=12", "?number"),
        (campaigns, "unknown=1", "?unknown"),
        (messages, "after=garbage", "?after"),
        (messages, "after='; drop table messages; --", "?after"),
        (messages, "after=%ED%A0%80", "?after"),
        (messages, "status=sent", "?status"),
        (messages, "status=", "?status"),
        (messages, "status=%00", "?status"),
        (messages, "limit=0", "?limit"),
        (messages, "page=2", "?page"),
        (refusals, "after=-2", "?after"),
        (refusals, "after=x", "?after"),
        (refusals, "after=2147483648", "?after"),
        (refusals, "after=1" + "0" * 30, "?after"),
        (refusals, "limit=0", "?limit"),
        (refusals, "status=x", "?status"),
    ]
    for path, query, pointer in wrong:
        answer = site.get(f"{path}?{query}")
        assert answer.status_code == 422, query
        assert answer.mimetype == "application/problem+json"
        assert [each["pointer"] for each in answer.json["errors"]] == [pointer], query


def test_a_cursor_behind_the_end_gives_an_empty_page(site: Site) -> None:
    links = site.campaign(["x"])["campaign"]["links"]

    assert site.get("/api/campaigns", before="0" * 8 + NOBODYS_ID[8:]).json["campaigns"] == []
    assert site.get(links["messages"], after="f" * 8 + NOBODYS_ID[8:]).json["messages"] == []
    assert site.get(links["refusals"], after=2147483647).json["refusals"] == []


@pytest.mark.parametrize("thing", ["campaigns", "messages"])
def test_what_is_not_there_is_404_as_a_problem(site: Site, thing: str) -> None:
    for name in (
        NOBODYS_ID,
        NOBODYS_ID.upper(),
        "1",
        "garbage",
        "'; drop table campaigns; --",
        "%00",
        "%ED%A0%80",
        "٠1a20284-46ec-7085-90b1-3294384bf7a9",
        "x" * 5000,
        NOBODYS_ID.replace("-", ""),
        f"{{{NOBODYS_ID}}}",
    ):
        answer = site.get(f"/api/{thing}/{name}")
        assert answer.status_code == 404, name
        assert answer.mimetype == "application/problem+json"
        assert json.loads(answer.text)["status"] == 404


def test_the_parts_of_a_campaign_that_is_not_there_are_404(site: Site) -> None:
    for name in (NOBODYS_ID, "garbage", "'", "%00"):
        for part in ("messages", "refusals"):
            assert site.get(f"/api/campaigns/{name}/{part}").status_code == 404
        for action in ("pause", "resume"):
            assert site.post(f"/api/campaigns/{name}/{action}").status_code == 404


def test_ids_may_be_written_in_upper_case(site: Site) -> None:
    launched = site.campaign(2, scheduled_at=LATER)
    campaign_id = launched["campaign"]["id"].upper()
    messages = site.get(f"/api/campaigns/{campaign_id}/messages").json["messages"]
    first = messages[0]["id"].upper()

    assert site.get(f"/api/campaigns/{campaign_id}").json["id"] == launched["campaign"]["id"]
    assert site.get(f"/api/messages/{first}").json == messages[0]
    behind = site.get(f"/api/campaigns/{campaign_id}/messages", after=first).json["messages"]
    assert behind == messages[1:]
    assert site.get("/api/campaigns", before=campaign_id).json["campaigns"] == []
    assert site.post(f"/api/campaigns/{campaign_id}/pause").status_code == 200


def test_a_campaign_can_be_paused_and_resumed(site: Site) -> None:
    path = site.campaign(2, scheduled_at=LATER)["campaign"]["links"]["self"]

    paused = site.post(f"{path}/pause")
    again = site.post(f"{path}/pause")
    resumed = site.post(f"{path}/resume")

    assert (paused.status_code, paused.json["status"]) == (200, "paused")
    assert again.status_code == 409
    assert again.mimetype == "application/problem+json"
    assert "paused" in again.json["detail"]
    assert resumed.status_code == 200
    assert resumed.json["status"] == "scheduled"
    assert site.post(f"{path}/resume").status_code == 409
    assert site.gateway.sent == []


def test_a_finished_campaign_cannot_be_paused(site: Site) -> None:
    path = site.campaign(1)["campaign"]["links"]["self"]

    assert site.post(f"{path}/pause").status_code == 409
