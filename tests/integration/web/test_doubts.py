"""Doubts, second tries and the audit trail over HTTP."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.support.builders import API_KEY, numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.outcomes import in_doubt
from tests.support.site import Site, eventually, open_site
from tests.support.webhooks import receipt

ACTOR = f"API key {hashlib.sha256(API_KEY.encode()).hexdigest()[:8]}"
NOBODY = "01a20284-46ec-7085-90b1-3294384bf7a9"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """A service whose carrier gives no readable answers."""
    with open_site(database_url, FakeGateway(in_doubt)) as opened:
        yield opened


def told(answer: TestResponse) -> Any:
    """What an answer says."""
    return answer.json


def campaign_of(launched: dict[str, Any]) -> str:
    return str(launched["campaign"]["links"]["self"])


def test_a_campaigns_doubts_are_counted_listed_and_settled(site: Site) -> None:
    launched = site.campaign(3)
    here = campaign_of(launched)
    assert told(site.get(here))["messages"]["in_doubt"] == 3
    (one, *_) = told(site.get(f"{here}/messages", status="in_doubt"))["messages"]
    assert (one["reason"], one["attempts"]) == ("no answer came", 1)
    assert one["sent_at"]

    answer = site.post(f"/api/messages/{one['id']}/resolve", {"as": "sent", "note": "seen"})
    assert answer.status_code == 200
    assert told(answer)["status"] == "accepted"
    assert told(answer)["reason"] == f"settled as sent by {ACTOR}: seen"

    answer = site.post(f"{here}/resolve", {"as": "not_sent"})
    assert told(answer) == {"resolved": 2, "remaining": 0}
    assert told(site.get(here))["messages"]["failed"] == 2


def test_sending_again_is_refused_until_it_is_confirmed(site: Site) -> None:
    launched = site.campaign(2)
    here = campaign_of(launched)
    message = site.messages(launched)[0]

    for path, number in ((f"{here}/resolve", 2), (f"/api/messages/{message['id']}/resolve", 1)):
        for body in ({"as": "resend"}, {"as": "resend", "confirm": False}):
            answer = site.post(path, body)
            assert answer.status_code == 409
            assert answer.mimetype == "application/problem+json"
            assert told(answer)["type"] == "urn:carillon:problem:unconfirmed"
            assert told(answer)["messages"] == number
            assert "may text people twice" in told(answer)["detail"]

    site.gateway.answer = accepted
    answer = site.post(f"{here}/resolve", {"as": "resend", "confirm": True})
    assert told(answer)["resolved"] == 2
    eventually(lambda: told(site.get(here))["messages"]["accepted"] == 2)
    eventually(lambda: told(site.get(here))["status"] == "finished")
    assert len(site.gateway.sent) == 4


def test_what_is_not_in_doubt_is_a_conflict(site: Site) -> None:
    site.gateway.answer = accepted
    message = site.messages(site.campaign(1))[0]

    answer = site.post(f"/api/messages/{message['id']}/resolve", {"as": "sent"})

    assert answer.status_code == 409
    assert told(answer)["detail"] == "the message is accepted, not in doubt: nothing to settle"


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"/api/{kind}/{each}/resolve"
            for kind in ("messages", "campaigns")
            for each in ("x", NOBODY)
        ),
        f"/api/campaigns/{NOBODY}/retry-failed",
        "/api/campaigns/x/retry-failed",
    ],
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    body = {} if path.endswith("failed") else {"as": "sent"}
    assert site.post(path, body).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/as"),
        ({"as": "maybe"}, "/as"),
        ({"as": "sent", "note": ""}, "/note"),
        ({"as": "sent", "note": "x" * 501}, "/note"),
        ({"as": "sent", "confirm": "perhaps"}, "/confirm"),
        ({"as": "sent", "forced": True}, "/forced"),
    ],
)
def test_a_mistake_is_named(site: Site, body: dict[str, Any], pointer: str) -> None:
    answer = site.post(f"/api/campaigns/{NOBODY}/resolve", body)

    assert answer.status_code == 422
    assert [each["pointer"] for each in told(answer)["errors"]] == [pointer]


def test_failures_are_tried_again_and_the_rest_is_explained(database_url: str) -> None:
    def answers(message: ClaimedMessage) -> Outcome:
        if message.to == numbers(3)[2]:
            return Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")
        return accepted(message)

    with open_site(database_url, FakeGateway(answers)) as site:
        launched = site.campaign(3)
        here = campaign_of(launched)
        long, short, _ = site.messages(launched)
        site.webhook(
            "status", receipt(long, "rejected", sms={"count_total": "2"}, error=error(1000))
        )
        site.webhook("status", receipt(short, "rejected", error=error(1331)))

        answer = site.post(f"{here}/retry-failed", {})

        assert answer.status_code == 200
        found = told(answer)
        assert (found["retried"], found["left_out"], found["remaining"]) == (1, 2, 0)
        assert found["by_code"][0] == {
            "status": "rejected",
            "code": "1331",
            "messages": 1,
            "retried": True,
            "reason": None,
        }
        reasons = {each["code"]: each["reason"] for each in found["by_code"][1:]}
        assert "may have arrived" in reasons["1000"]
        assert "refused" in reasons["1120"]
        eventually(lambda: told(site.get(here))["messages"]["accepted"] == 1)

        answer = site.post(f"{here}/retry-failed", {"codes": ["1000"], "confirm": True})
        assert told(answer)["retried"] == 1
        eventually(lambda: told(site.get(here))["messages"]["accepted"] == 2)


def error(code: int) -> dict[str, Any]:
    return {"title": str(code), "detail": "as the table has it"}


def test_the_audit_trail_names_the_key_and_never_shows_it(site: Site) -> None:
    launched = site.campaign(2)
    here = campaign_of(launched)
    later = site.campaign(1, scheduled_at="2099-01-01T00:00:00Z")["campaign"]["id"]
    site.post(f"{here}/resolve", {"as": "sent", "note": "seen in the dashboard"})
    site.post(f"/api/campaigns/{later}/pause")
    site.post(f"/api/campaigns/{later}/resume")

    answer = site.get("/api/audit")

    assert API_KEY not in answer.text
    events = told(answer)["events"]
    assert [event["action"] for event in events] == ["resumed", "paused", "resolved"]
    assert {event["actor"] for event in events} == {ACTOR}
    assert events[-1]["subject"] == {"kind": "campaign", "id": launched["campaign"]["id"]}
    assert events[-1]["details"] == {"as": "sent", "note": "seen in the dashboard", "messages": 2}
    assert events[-1]["at"].endswith("Z")


def test_the_audit_trail_comes_in_pages_and_by_subject(site: Site) -> None:
    ids = [site.campaign(1, scheduled_at="2099-01-01T00:00:00Z")["campaign"]["id"] for _ in "ab"]
    for campaign_id in ids * 2:
        assert site.post(f"/api/campaigns/{campaign_id}/pause").status_code == 200
        assert site.post(f"/api/campaigns/{campaign_id}/resume").status_code == 200

    seen = []
    following = "/api/audit?limit=3"
    while following:
        page = told(site.get(following))
        seen += [event["id"] for event in page["events"]]
        following = page["next"]
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen, reverse=True)

    first = told(site.get("/api/audit", subject=ids[0].upper(), limit=2))
    rest = told(site.get(first["next"]))
    assert {event["subject"]["id"] for event in first["events"] + rest["events"]} == {ids[0]}
    assert len(first["events"]) == len(rest["events"]) == 2


@pytest.mark.parametrize("query", ["subject=", "subject=%00", "before=x", "limit=0", "who=me"])
def test_a_wrong_question_to_the_audit_trail_is_named(site: Site, query: str) -> None:
    assert site.get(f"/api/audit?{query}").status_code == 422


def test_everything_here_wants_a_key(site: Site) -> None:
    for path in (
        f"/api/messages/{NOBODY}/resolve",
        f"/api/campaigns/{NOBODY}/resolve",
        f"/api/campaigns/{NOBODY}/retry-failed",
    ):
        assert site.client.post(path, json={"as": "sent"}).status_code == 401
    assert site.client.get("/api/audit").status_code == 401


def test_an_unknown_subject_has_no_history(site: Site) -> None:
    assert told(site.get("/api/audit", subject="+14155550101")) == {"events": [], "next": None}
