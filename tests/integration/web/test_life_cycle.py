"""Drafts, schedules, changes, pauses and ends over HTTP."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.message import ClaimedMessage, Outcome
from tests.support.builders import API_KEY, SENDER, numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, eventually, open_site
from tests.support.webhooks import inbound

CAMPAIGNS = "/api/campaigns"
ME = f"API key {hashlib.sha256(API_KEY.encode()).hexdigest()[:8]}"


def draft(site: Site, recipients: list[Any] | int = 3, **changes: Any) -> dict[str, Any]:
    """A new draft, as it was answered."""
    named = numbers(recipients) if isinstance(recipients, int) else recipients
    answer = site.post(CAMPAIGNS, {"recipients": named, "message": "Hello", **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def move(site: Site, campaign: dict[str, Any], action: str, body: Any = None) -> dict[str, Any]:
    """The campaign after an action that must be allowed."""
    answer = site.post(f"{CAMPAIGNS}/{campaign['id']}/{action}", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def patch(site: Site, campaign: dict[str, Any], **changes: Any) -> Any:
    return site.client.patch(f"{CAMPAIGNS}/{campaign['id']}", headers=site.key, json=changes)


def changed(site: Site, campaign: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = patch(site, campaign, **changes)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def seen(site: Site, campaign: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site.get(f"{CAMPAIGNS}/{campaign['id']}").json
    return found


def texts(site: Site, campaign: dict[str, Any]) -> list[tuple[str, str]]:
    """Whom it writes to, and what."""
    page = site.get(f"{CAMPAIGNS}/{campaign['id']}/messages").json["messages"]
    return [(message["number"], message["text"]) for message in page]


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_draft_is_counted_and_sends_nothing(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))
    answer = site.post(
        CAMPAIGNS, {"recipients": [*numbers(3), numbers(1)[0], "x"], "message": "Hello"}
    )

    campaign = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == campaign["links"]["self"]
    assert (campaign["status"], campaign["started_at"]) == ("draft", None)
    results = campaign["results"]
    assert results["accepted_count"] == 2
    assert results["opted_out_count"] == results["duplicate_count"] == 1
    assert results["rejected_count"] == results["refused_total"] - 1 == 1
    assert [refused["index"] for refused in results["refused"]] == [3, 4]
    assert sum(campaign["messages"].values()) == 0
    assert len(site.get(campaign["links"]["refusals"]).json["refusals"]) == 2
    assert seen(site, campaign)["results"]["accepted_count"] == 2


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"recipients": []}, {"/recipients"}),
        ({"message": "", "name": "", "more": 1}, {"/message", "/name", "/more"}),
        ({"not_after": "2020-01-01T00:00:00Z"}, {"/not_after"}),
        ({"max_rate": 0}, {"/max_rate"}),
        ({"max_rate": "5"}, {"/max_rate"}),
        ({"max_rate": 100_001}, {"/max_rate"}),
    ],
)
def test_the_mistakes_of_a_draft_are_named_at_once(
    site: Site, changes: dict[str, Any], pointers: set[str]
) -> None:
    answer = site.post(CAMPAIGNS, {"recipients": numbers(1), "message": "x"} | changes)

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json["errors"]} == pointers
    assert site.get(CAMPAIGNS).json["campaigns"] == []


def test_a_launched_draft_is_sent(site: Site) -> None:
    people = [{"to": numbers(1)[0], "name": "Ada"}, numbers(2)[1], "x"]
    campaign = draft(site, people, message="Hi {{ name | default: 'you' }}", name="Spring")

    launched = move(site, campaign, "launch")

    assert (launched["status"], launched["status_by"]) == ("sending", ME)
    eventually(lambda: seen(site, campaign)["status"] == "finished")
    assert texts(site, campaign) == [(numbers(1)[0], "Hi Ada"), (numbers(2)[1], "Hi you")]
    assert seen(site, campaign)["results"]["rejected_count"] == 1
    assert site.rows("order_parts") == []


def test_opt_outs_between_draft_and_launch_count(site: Site) -> None:
    campaign = draft(site, 2)
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))

    results = move(site, campaign, "launch")["results"]

    assert (results["accepted_count"], results["opted_out_count"]) == (1, 1)
    eventually(lambda: seen(site, campaign)["status"] == "finished")


def test_a_draft_of_nobody_is_finished_when_it_is_launched(site: Site) -> None:
    assert move(site, draft(site, ["x"]), "launch")["status"] == "finished"


def test_a_launch_begins_now_whatever_was_scheduled(site: Site) -> None:
    campaign = draft(site, 2, scheduled_at=LATER)
    scheduled = move(site, campaign, "schedule")
    assert (scheduled["status"], scheduled["messages"]["queued"]) == ("scheduled", 2)

    launched = move(site, campaign, "launch")

    assert launched["scheduled_at"] is None
    eventually(lambda: seen(site, campaign)["status"] == "finished")
    assert len(site.gateway.sent) == 2


def test_a_draft_is_scheduled_at_the_time_that_is_named(site: Site) -> None:
    campaign = draft(site, 2)

    scheduled = move(site, campaign, "schedule", {"scheduled_at": LATER})
    again = move(
        site,
        campaign,
        "schedule",
        {"scheduled_at": "2098-07-01T09:00:00", "time_zone": "Europe/Berlin"},
    )

    assert scheduled["scheduled_at"] == LATER
    assert (again["scheduled_at"], again["time_zone"]) == ("2098-07-01T07:00:00Z", "Europe/Berlin")
    assert (again["status"], again["status_by"]) == ("scheduled", ME)
    assert again["messages"]["queued"] == 2


def test_a_scheduled_campaign_begins_at_its_time(site: Site) -> None:
    campaign = draft(site, 2)
    move(site, campaign, "schedule", {"scheduled_at": at(0.7)})
    assert site.gateway.sent == []

    eventually(lambda: seen(site, campaign)["status"] == "finished")
    assert len(site.gateway.sent) == 2
    assert site.rows("order_parts") == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (None, {"/scheduled_at"}),
        ({}, {"/scheduled_at"}),
        ({"scheduled_at": None}, {"/scheduled_at"}),
        ({"scheduled_at": "2020-01-01T00:00:00Z"}, {"/scheduled_at"}),
        ({"scheduled_at": LATER, "not_after": LATER}, {"/not_after"}),
        ({"time_zone": "Europe/Berlin"}, {"/time_zone"}),
        ({"when": LATER}, {"/when"}),
    ],
)
def test_a_schedule_needs_a_time_to_come(site: Site, body: Any, pointers: set[str]) -> None:
    campaign = draft(site, 1)

    answer = site.post(f"{CAMPAIGNS}/{campaign['id']}/schedule", body)

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json["errors"]} == pointers
    assert seen(site, campaign)["status"] == "draft"


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"scheduled_at": "2099-01-01T09:00:00"}, {"/scheduled_at"}),
        ({"scheduled_at": LATER, "time_zone": "Europe/Berlin"}, {"/scheduled_at"}),
        ({"scheduled_at": "2099-01-01T09:00:00", "time_zone": "Berlin"}, {"/time_zone"}),
        ({"not_after": "2099-01-01T09:00:00"}, {"/not_after"}),
        ({"not_after": "soon", "scheduled_at": 5}, {"/not_after", "/scheduled_at"}),
        ({"not_after": "2020-01-01T00:00:00Z"}, {"/not_after"}),
        ({"not_after": LATER, "scheduled_at": LATER}, {"/not_after"}),
        ({"time_zone": "Europe/Berlin"}, {"/time_zone"}),
        ({"time_zone": 5}, {"/time_zone"}),
        ({"brake": True}, {"/brake"}),
        ({"brake": []}, {"/brake"}),
        ({"brake": {"canary": -1}}, {"/brake/canary"}),
        ({"brake": {"canary": True}}, {"/brake/canary"}),
        ({"brake": {"canary_wait": None}}, {"/brake/canary_wait"}),
        ({"brake": {"max_failure_rate": 1.5}}, {"/brake/max_failure_rate"}),
        ({"brake": {"max_opt_out_rate": 0}}, {"/brake/max_opt_out_rate"}),
        ({"brake": {"spend_cap": "-1"}}, {"/brake/spend_cap"}),
        ({"brake": {"spend_cap": "NaN"}}, {"/brake/spend_cap"}),
        ({"brake": {"spend_cap": True}}, {"/brake/spend_cap"}),
        ({"brake": {"late_tolerance": 1}}, {"/brake/late_tolerance"}),
        ({"brake": {"canari": 5}}, {"/brake/canari"}),
        ({"allow_duplicate": "yes"}, {"/allow_duplicate"}),
    ],
)
def test_times_and_brakes_are_checked(
    site: Site, changes: dict[str, Any], pointers: set[str]
) -> None:
    for path in (CAMPAIGNS, f"{CAMPAIGNS}/send"):
        answer = site.post(path, {"recipients": numbers(1), "message": "x"} | changes)

        assert answer.status_code == 422, answer.text
        assert {each["pointer"] for each in answer.json["errors"]} == pointers
    assert site.get(CAMPAIGNS).json["campaigns"] == []


def test_local_times_are_stored_in_utc_with_their_zone(site: Site) -> None:
    answer = site.campaign(
        1,
        scheduled_at="2098-12-24T09:00:00",
        not_after="2098-12-24T20:00:00",
        time_zone="Europe/Berlin",
    )

    found = site.get(answer["campaign"]["links"]["self"]).json
    assert found["scheduled_at"] == "2098-12-24T08:00:00Z"
    assert found["not_after"] == "2098-12-24T19:00:00Z"
    assert found["time_zone"] == "Europe/Berlin"


def test_a_brake_is_what_was_named_beside_what_the_operator_set(database_url: str) -> None:
    with open_site(
        database_url, BRAKE_CANARY="7", BRAKE_MAX_OPT_OUT_RATE="off", SPEND_CAP_CAMPAIGN="9.5"
    ) as site:
        usual = draft(site)["policy"]
        chosen = draft(
            site,
            brake={"max_failure_rate": None, "spend_cap": "25.00", "resend_in_doubt_after": 600},
        )["policy"]
        off = draft(site, brake=False)["policy"]

    assert usual == {
        "canary": 7,
        "canary_from": 1000,
        "canary_wait": 15.0,
        "max_failure_rate": 0.25,
        "max_opt_out_rate": None,
        "spend_cap": "9.5",
        "late_tolerance": 3600.0,
        "resend_in_doubt_after": None,
    }
    assert chosen == usual | {
        "max_failure_rate": None,
        "spend_cap": "25.00",
        "resend_in_doubt_after": 600.0,
    }
    assert off == usual | {"canary": None, "max_failure_rate": None}


def test_a_draft_can_be_changed_in_every_way(site: Site) -> None:
    campaign = draft(site, 3, name="Old")

    after = changed(
        site,
        campaign,
        **{
            "name": "New",
            "message": "Hi {{ name }}",
            "from": "Bells",
            "recipients": [{"to": numbers(1)[0], "name": "Ada"}, numbers(2)[1]],
            "scheduled_at": "2098-12-24T09:00:00",
            "time_zone": "Europe/Berlin",
            "not_after": "2098-12-25T09:00:00",
            "brake": {"canary": 5},
        },
    )

    assert (after["name"], after["message"], after["from"]) == ("New", "Hi {{ name }}", "Bells")
    assert (after["scheduled_at"], after["time_zone"]) == ("2098-12-24T08:00:00Z", "Europe/Berlin")
    assert after["not_after"] == "2098-12-25T08:00:00Z"
    assert after["policy"]["canary"] == 5
    assert (after["recipient_count"], after["results"]["accepted_count"]) == (2, 1)
    assert after["results"]["rejected_count"] == 1
    assert move(site, campaign, "schedule")["messages"]["queued"] == 1
    assert texts(site, campaign) == [(numbers(1)[0], "Hi Ada")]


def test_what_is_not_named_stays(site: Site) -> None:
    campaign = draft(
        site, 2, **{"name": "Spring", "from": "Bells", "scheduled_at": LATER, "brake": False}
    )

    after = changed(site, campaign, message="Another text")

    assert after == seen(site, campaign)
    kept = ("name", "from", "scheduled_at", "policy", "recipient_count", "created_at")
    assert {name: after[name] for name in kept} == {name: campaign[name] for name in kept}
    assert changed(site, campaign) == after


def test_null_takes_back_what_may_be_missing(site: Site) -> None:
    campaign = draft(
        site,
        2,
        **{
            "from": "Bells",
            "scheduled_at": LATER,
            "not_after": "2100-01-01T00:00:00Z",
            "max_rate": 5,
        },
    )
    assert campaign["max_rate"] == 5
    changed(site, campaign, brake=False)

    nothing = {
        "from": None,
        "scheduled_at": None,
        "not_after": None,
        "brake": None,
        "max_rate": None,
    }
    after = changed(site, campaign, **nothing)

    assert (after["from"], after["scheduled_at"], after["not_after"]) == (SENDER, None, None)
    assert after["policy"]["canary"] == 100
    assert after["max_rate"] is None
    for name in ("name", "message", "recipients"):
        answer = patch(site, campaign, **{name: None})
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json["errors"]] == [f"/{name}"]


def test_a_scheduled_campaign_is_planned_again_when_it_is_changed(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", numbers(1)[0]))
    campaign = draft(site, [*numbers(3), "x"], scheduled_at=LATER)
    move(site, campaign, "schedule")
    site.webhook("inbound", inbound("STOP", numbers(2)[1]))

    retold = changed(site, campaign, message="Another text")

    assert retold["status"] == "scheduled"
    assert (retold["messages"]["queued"], retold["messages"]["skipped"]) == (1, 2)
    assert retold["results"]["opted_out_count"] == 2
    queued = [text for _, text in texts(site, campaign) if text]
    assert queued == ["Another text"]

    others = changed(site, campaign, recipients=numbers(2, first=10))

    assert others["messages"]["queued"] == others["recipient_count"] == 2
    assert others["messages"]["skipped"] == others["results"]["rejected_count"] == 0
    assert [number for number, _ in texts(site, campaign)] == numbers(2, first=10)
    assert site.get(campaign["links"]["refusals"]).json["refusals"] == []


def test_a_scheduled_campaign_that_was_sent_so_can_be_changed_too(site: Site) -> None:
    campaign = site.campaign(2, scheduled_at=LATER)["campaign"]

    assert changed(site, campaign, message="Other")["messages"]["queued"] == 2
    assert {text for _, text in texts(site, campaign)} == {"Other"}


def test_the_time_of_a_scheduled_campaign_can_be_moved_but_not_taken_away(site: Site) -> None:
    campaign = site.campaign(2, scheduled_at=LATER)["campaign"]

    assert changed(site, campaign, scheduled_at="2098-01-01T00:00:00Z")["scheduled_at"] == (
        "2098-01-01T00:00:00Z"
    )
    for wrong in (None, "2020-01-01T00:00:00Z"):
        answer = patch(site, campaign, scheduled_at=wrong)
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json["errors"]] == ["/scheduled_at"]


def test_a_paused_campaign_can_change_its_name_and_brake_only(site: Site) -> None:
    campaign = site.campaign(2, scheduled_at=LATER)["campaign"]
    move(site, campaign, "pause")

    after = changed(site, campaign, name="New", brake={"spend_cap": 25.5})
    answer = patch(site, campaign, message="Other")

    assert (after["name"], after["policy"]["spend_cap"]) == ("New", "25.5")
    assert answer.status_code == 409
    assert answer.json["campaign_status"] == "paused"


def test_pause_and_resume_say_who_and_why(site: Site) -> None:
    campaign = site.campaign(2, scheduled_at=LATER)["campaign"]

    paused = move(site, campaign, "pause", {"reason": "Wrong link"})
    again = site.post(f"{CAMPAIGNS}/{campaign['id']}/pause")
    resumed = move(site, campaign, "resume")

    assert (paused["status"], paused["status_by"]) == ("paused", ME)
    assert paused["status_reason"] == "Wrong link"
    assert again.status_code == 409
    assert again.json["type"] == "urn:carillon:problem:wrong-status"
    assert again.json["campaign_status"] == "paused"
    assert (resumed["status"], resumed["status_reason"]) == ("scheduled", None)
    assert resumed["status_by"] == ME


@contextmanager
def held_site(database_url: str) -> Iterator[tuple[Site, Callable[[], None]]]:
    """A site whose gateway answers when it is let go."""
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(20)
        return accepted(message)

    with open_site(database_url, FakeGateway(waits), SEND_AT_ONCE="16") as site:
        try:
            yield site, gate.set
        finally:
            gate.set()


def test_a_pause_tells_what_is_on_its_way(database_url: str) -> None:
    with held_site(database_url) as (site, let_go):
        campaign = site.post(
            f"{CAMPAIGNS}/send", {"recipients": numbers(40), "message": "Hello"}
        ).json["campaign"]
        # As many as may be on their way, and as many to follow.
        eventually(lambda: seen(site, campaign)["messages"]["sending"] == 32)
        eventually(lambda: len(site.gateway.sent) == 16)

        paused = move(site, campaign, "pause")
        cancelled = move(site, campaign, "cancel", {"reason": "Wrong list"})
        let_go()

        assert paused["messages"]["sending"] == 32
        assert paused["status_reason"] == "messages already on their way: 32"
        assert cancelled["status_reason"] == "Wrong list (messages already on their way: 32)"
        assert (cancelled["status"], cancelled["messages"]["skipped"]) == ("cancelled", 8)
        eventually(lambda: seen(site, campaign)["finished_at"] is not None)
        assert seen(site, campaign)["messages"]["accepted"] == 32
        assert len(site.gateway.sent) == 32


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused"])
def test_what_is_cancelled_sends_nothing_and_stays_so(site: Site, status: str) -> None:
    campaign = draft(site, 2, scheduled_at=LATER)
    if status != "draft":
        move(site, campaign, "schedule")
    if status == "paused":
        move(site, campaign, "pause")

    cancelled = move(site, campaign, "cancel")

    assert (cancelled["status"], cancelled["status_by"]) == ("cancelled", ME)
    assert cancelled["messages"]["queued"] == 0
    assert cancelled["messages"]["skipped"] == (0 if status == "draft" else 2)
    assert site.rows("order_parts") == []
    for action in ("launch", "schedule", "pause", "resume", "cancel"):
        answer = site.post(f"{CAMPAIGNS}/{campaign['id']}/{action}", {} or None)
        assert answer.status_code == 409, action
        assert answer.mimetype == "application/problem+json"
        assert answer.json["campaign_status"] == "cancelled"
        assert "cancelled" in answer.json["detail"]
    assert patch(site, campaign, name="x").status_code == 409


def test_what_is_sent_can_only_be_looked_at(site: Site) -> None:
    campaign = site.campaign(1)["campaign"]
    eventually(lambda: seen(site, campaign)["status"] == "finished")

    for action in ("launch", "schedule", "pause", "resume", "cancel"):
        answer = site.post(f"{CAMPAIGNS}/{campaign['id']}/{action}")
        assert (answer.status_code, answer.json["campaign_status"]) == (409, "finished")


@pytest.mark.parametrize("campaign_id", ["nonsense", "01a20284-46ec-7085-90b1-3294384bf7a9"])
def test_what_is_not_there_is_not_found(site: Site, campaign_id: str) -> None:
    for action in ("launch", "schedule", "pause", "resume", "cancel"):
        for headers in ({}, {"Idempotency_Key": "one"}):
            answer = site.post(f"{CAMPAIGNS}/{campaign_id}/{action}", **headers)
            assert answer.status_code == 404, action
    assert patch(site, {"id": campaign_id}, name="x").status_code == 404


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("pause", {"reason": ""}),
        ("pause", {"reason": "x" * 501}),
        ("pause", {"why": "x"}),
        ("cancel", {"reason": 5}),
        ("launch", {"recipients": []}),
        ("launch", {"allow_duplicate": 1}),
    ],
)
def test_the_bodies_of_moves_are_checked(site: Site, action: str, body: Any) -> None:
    campaign = draft(site, 1)

    assert site.post(f"{CAMPAIGNS}/{campaign['id']}/{action}", body).status_code == 422


def waiting(site: Site, campaign: dict[str, Any]) -> int:
    queued: int = seen(site, campaign)["messages"]["queued"]
    return queued


def test_a_pause_holds_within_a_second(database_url: str) -> None:
    with open_site(database_url, SEND_RATE="20") as site:
        campaign = site.post(
            f"{CAMPAIGNS}/send", {"recipients": numbers(60), "message": "Hello"}
        ).json["campaign"]
        eventually(lambda: len(site.gateway.sent) >= 3)

        move(site, campaign, "pause")
        # A claim that had begun may still commit: within a second it is sent, and nothing after.
        eventually(lambda: waiting(site, campaign) == 60 - len(site.gateway.sent) > 0, seconds=1)

        move(site, campaign, "cancel")
