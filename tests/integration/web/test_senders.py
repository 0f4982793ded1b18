"""GET /api/senders and PUT /api/senders/{name}: the pace, visible and settable."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.support.builders import SENDER, numbers
from tests.support.fakes import FakeGateway
from tests.support.site import Site, eventually, open_site

PATH = f"/api/senders/{SENDER}"
AT_REST = {
    "name": SENDER,
    "rate": 1000.0,
    "is_default": True,
    "rate_now": 1000.0,
    "slowed_since": None,
    "held_until": None,
    "unreachable_failures": 0,
    "registration": None,
}
NOTED = {"status": "registered", "registry": "TCR", "reference": "C1A2B3C"}


def put(site: Site, body: Any, path: str = PATH) -> Any:
    return site.client.put(path, headers=site.key, json=body)


def only(site: Site) -> dict[str, Any]:
    (sender,) = site.get("/api/senders").get_json()["senders"]
    return dict(sender)


def throttled(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.TRY_LATER, "429", code="429", retry_after=30.0, throttled=True)


def unreachable(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.TRY_LATER, "connection refused", unreachable=True)


def test_there_is_none_before_one_is_used(site: Site) -> None:
    assert site.get("/api/senders").get_json() == {"senders": []}


def test_a_sender_that_was_used_goes_at_the_default_rate(site: Site) -> None:
    site.campaign(2)

    assert only(site) == AT_REST


def test_a_rate_is_set_and_taken_back(site: Site) -> None:
    answer = put(site, {"rate": 5})
    assert answer.status_code == 200
    assert answer.get_json() == AT_REST | {"rate": 5.0, "is_default": False, "rate_now": 5.0}
    assert only(site) == answer.get_json()

    assert put(site, {"rate": None}).get_json() == AT_REST


def test_a_sender_is_named_as_people_write_it(site: Site) -> None:
    assert put(site, {"rate": 5}, f"/api/senders/{SENDER[1:]}").get_json()["name"] == SENDER
    assert put(site, {"rate": 5}, "/api/senders/Bells").get_json()["name"] == "Bells"


def test_a_registration_is_noted_kept_and_taken_back(site: Site) -> None:
    answer = put(site, {"rate": None, "registration": NOTED})
    assert answer.get_json() == AT_REST | {"registration": NOTED}
    assert put(site, {"rate": None, "registration": NOTED}).get_json() == answer.get_json()
    assert put(site, {"rate": None}).get_json()["registration"] == NOTED
    pending = put(site, {"rate": None, "registration": {"status": "pending"}}).get_json()
    assert pending["registration"] == {"status": "pending", "registry": None, "reference": None}
    assert put(site, {"rate": None, "registration": None}).get_json() == AT_REST

    trail = site.get(f"/api/audit?subject={quote(SENDER)}").get_json()["events"]
    noted = [each["details"]["status"] for each in trail if each["action"] == "registration set"]
    assert noted == [None, "pending", "registered"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/rate"),
        ({"rate": 0}, "/rate"),
        ({"rate": -1}, "/rate"),
        ({"rate": 100_001}, "/rate"),
        ({"rate": "5"}, "/rate"),
        ({"rate": True}, "/rate"),
        ({"rate": 5, "rte": 6}, "/rte"),
        ({"rate": 5, "registration": "yes"}, "/registration"),
        ({"rate": 5, "registration": {}}, "/registration/status"),
        ({"rate": 5, "registration": {"status": "good"}}, "/registration/status"),
        ({"rate": 5, "registration": NOTED | {"reference": "x" * 81}}, "/registration/reference"),
    ],
)
def test_what_is_no_rate_is_a_mistake(site: Site, body: Any, pointer: str) -> None:
    answer = put(site, body)

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer
    assert site.get("/api/senders").get_json() == {"senders": []}


def test_what_is_no_sender_is_a_mistake(site: Site) -> None:
    answer = put(site, {"rate": 5}, "/api/senders/much-too-long-for-a-name")

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/name"


def test_they_want_a_key(site: Site) -> None:
    assert site.client.get("/api/senders").status_code == 401
    assert site.client.put(PATH, json={"rate": 5}).status_code == 401


def test_a_429_shows(database_url: str) -> None:
    with open_site(database_url, FakeGateway(throttled)) as site:
        site.post("/api/campaigns/send", {"recipients": numbers(1), "message": "x"})
        eventually(lambda: only(site)["slowed_since"] is not None)

        sender = only(site)
        assert 500 <= sender["rate_now"] < 600
        assert sender["held_until"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        assert sender["rate"] == 1000


def test_an_outage_shows(database_url: str) -> None:
    with open_site(database_url, FakeGateway(unreachable)) as site:
        site.post("/api/campaigns/send", {"recipients": numbers(1), "message": "x"})

        eventually(lambda: only(site)["unreachable_failures"] > 0)
        assert only(site)["slowed_since"] is None
