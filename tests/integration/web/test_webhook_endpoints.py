"""Endpoints of outgoing webhooks over HTTP, in a whole service that really calls them."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.builders import numbers
from tests.support.receivers import Receiver, receiver
from tests.support.site import LATER, Answer, Site, eventually, open_site
from tests.support.webhooks import inbound, receipt

HERE = "/api/webhook-endpoints"
ALL = ["campaign.finished", "message.final", "reply.received", "contact.opted_out"]
KEY = "a-key-for-tests-only-0123456789-abcdef"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """It looks for what is due every two seconds, and when it is woken."""
    with open_site(
        database_url, WEBHOOKS_ALLOW_PRIVATE="127.0.0.0/8", CONSENT_HASH_KEY=KEY
    ) as opened:
        opened.house.start()
        yield opened


@pytest.fixture
def here() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def make(site: Site, url: str, events: list[str] | None = None, **more: Any) -> dict[str, Any]:
    answer = site.post(HERE, {"url": url, "events": events or ALL, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def deliveries(site: Site, made: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"{HERE}/{made['id']}/deliveries", **query).json[
        "deliveries"
    ]
    return found


def patch(site: Site, made: dict[str, Any], **body: Any) -> Answer:
    return site.client.patch(f"{HERE}/{made['id']}", headers=site.key, json=body)


def test_everything_that_happens_arrives_signed_and_is_in_the_log(
    site: Site, here: Receiver
) -> None:
    made = make(site, here.url, name="shop")
    sent = site.campaign(2)
    first, _ = site.messages(sent)
    site.webhook("status", receipt(first, "delivered"))
    site.webhook("inbound", inbound("stop", first["number"]))
    eventually(lambda: len(here.calls) == 4, 15)

    assert sorted(here.types()) == sorted(ALL)
    assert all(call.is_signed_by(made["secret"]) for call in here.calls)
    final = next(call.told for call in here.calls if call.told["type"] == "message.final")
    assert final["timestamp"] == "2026-03-02T12:00:00Z"
    assert final["data"] == {
        "message_id": first["id"],
        "campaign_id": sent["campaign"]["id"],
        "to": first["number"],
        "status": "delivered",
        "reason": None,
        "error_code": None,
        "message_uuid": first["message_uuid"],
        "price": "0.0333",
        "currency": "EUR",
        "billed_segments": 1,
    }
    eventually(lambda: {each["status"] for each in deliveries(site, made)} == {"delivered"})
    told = {each["webhook_id"]: each for each in deliveries(site, made)}
    assert told.keys() == {call.id for call in here.calls}
    for call in here.calls:
        entry = told[call.id]
        assert entry["payload"].encode() == call.body
        assert (entry["code"], entry["attempts"], entry["answer"]) == (200, 1, "thanks")
        assert entry["duration_ms"] >= 0
        (tried,) = entry["tries"]
        assert (tried["attempt"], tried["code"], tried["problem"]) == (1, 200, None)
        assert (tried["tried_at"], tried["duration_ms"]) == (
            entry["tried_at"],
            entry["duration_ms"],
        )


def test_a_secret_is_shown_once(site: Site, here: Receiver) -> None:
    made = make(site, here.url)
    shown = site.get(f"{HERE}/{made['id']}")
    listed = site.get(HERE)
    changed = patch(site, made, name="till", events=["message.final"])
    rotated = site.post(f"{HERE}/{made['id']}/rotate-secret")

    assert made["secret"].startswith("whsec_")
    for answer in (shown, listed, changed, site.get("/api/audit")):
        assert answer.status_code == 200
        assert "whsec_" not in answer.text
    assert rotated.json["secret"] not in {made["secret"], None}
    assert rotated.json["old_secret_until"] is not None
    assert (changed.json["name"], changed.json["events"]) == ("till", ["message.final"])
    actions = [each["action"] for each in site.get("/api/audit").json["events"]]
    assert actions == ["secret changed", "changed", "created"]


def test_a_test_event_is_delivered(site: Site, here: Receiver) -> None:
    made = make(site, here.url)
    queued = site.post(f"{HERE}/{made['id']}/test")

    eventually(lambda: here.types() == ["webhook.test"], 15)
    assert (queued.status_code, queued.json["status"]) == (202, "waiting")
    assert here.calls[0].id == queued.json["webhook_id"]
    assert patch(site, made, enabled=False).json["enabled"] is False
    assert site.post(f"{HERE}/{made['id']}/test").status_code == 409


def test_what_was_told_can_be_told_again(site: Site, here: Receiver) -> None:
    made = make(site, here.url, ["reply.received"])
    for number in numbers(3):
        site.webhook("inbound", inbound("Hello", number))
    eventually(lambda: len(here.calls) == 3, 10)
    eventually(lambda: len(deliveries(site, made, status="delivered")) == 3)

    (newest, *_) = deliveries(site, made)
    again = site.post(f"{HERE}/{made['id']}/deliveries/{newest['id']}/replay")
    assert again.status_code == 202
    eventually(lambda: len(here.calls) == 4, 10)
    assert here.calls[3].id == newest["webhook_id"]
    eventually(lambda: len(deliveries(site, made, status="delivered")) == 3)

    since = {"since": "2026-01-01T00:00:00Z"}
    replay = f"{HERE}/{made['id']}/replay"
    assert site.post(replay, since).json == {"replayed": 0}
    answer = site.post(replay, {**since, "only_given_up": False})
    assert (answer.status_code, answer.json) == (202, {"replayed": 3})
    eventually(lambda: len(here.calls) == 7, 10)
    assert site.post(f"{HERE}/{made['id']}/deliveries/99999/replay").status_code == 404
    assert site.post(replay, {"since": "yesterday"}).status_code == 422


def test_deliveries_come_in_pages(site: Site, here: Receiver) -> None:
    made = make(site, here.url, ["reply.received"])
    for number in numbers(5):
        site.webhook("inbound", inbound("Hello", number))

    first = site.get(f"{HERE}/{made['id']}/deliveries", limit=3).json
    second = site.get(first["next"]).json

    ids = [each["id"] for each in [*first["deliveries"], *second["deliveries"]]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
    assert second["next"] is None


def test_every_mistake_is_named_and_nothing_is_made(site: Site) -> None:
    body = {"url": "http://169.254.169.254/latest", "events": ["message.sent"]}
    unknown = site.post(HERE, body)
    within = site.post(HERE, {**body, "events": ALL})

    assert [each["pointer"] for each in unknown.json["errors"]] == ["/events/0"]
    assert (within.status_code, within.json["errors"][0]["pointer"]) == (422, "/url")
    assert "no public address" in within.json["detail"]
    assert site.post(HERE, {"url": "https://a.example", "events": []}).status_code == 422
    assert site.post(HERE, {"url": "https://a.example"}).status_code == 422
    assert site.get(HERE).json == {"endpoints": []}
    nobody = "01a20284-46ec-7085-90b1-3294384bf7a9"
    assert site.get(f"{HERE}/{nobody}").status_code == 404
    assert site.get(f"{HERE}/{nobody}/deliveries").status_code == 404
    assert site.client.delete(f"{HERE}/nonsense", headers=site.key).status_code == 404


def test_without_the_setting_no_address_within_is_called(quick_site: Site, here: Receiver) -> None:
    plain = quick_site.post(HERE, {"url": here.url, "events": ALL})
    named = here.url.replace("http://127.0.0.1", "https://localhost")
    made = make(quick_site, named)
    quick_site.house.start()
    quick_site.post(f"{HERE}/{made['id']}/test")
    eventually(lambda: deliveries(quick_site, made)[0]["problem"] is not None, 10)

    assert plain.status_code == 422
    assert "is no public address" in deliveries(quick_site, made)[0]["problem"]
    assert here.calls == []


def test_there_are_only_so_many(quick_site: Site) -> None:
    for place in range(20):
        make(quick_site, f"https://{place}.example.com/")
    assert quick_site.post(HERE, {"url": "https://a.example/", "events": ALL}).status_code == 422


def test_what_was_removed_hears_nothing(site: Site, here: Receiver) -> None:
    made = make(site, here.url)
    left = site.client.delete(f"{HERE}/{made['id']}", headers=site.key)
    site.webhook("inbound", inbound("Hello"))

    assert left.json == {"endpoints": []}
    assert site.rows("hook_deliveries") == []
    assert made["secret"] not in json.dumps(site.rows("hook_endpoints"), default=str)


def test_who_is_erased_is_told_of_to_nobody(site: Site, here: Receiver) -> None:
    made = make(site, here.url)
    here.code, here.body = 500, b"no: +14155550000"
    site.webhook("inbound", inbound("my secret", numbers(1)[0]))
    site.post("/send-sms", {"to": numbers(1)[0], "text": "Hi"})
    site.campaign([numbers(1)[0]], scheduled_at=LATER)
    eventually(lambda: len(here.calls) >= 1, 10)

    erased = site.client.delete(f"/api/numbers/{numbers(1)[0]}", headers=site.key)

    assert erased.status_code == 200, erased.text
    assert "4155550000" not in json.dumps(site.rows("hook_deliveries"), default=str)
    assert "my secret" not in json.dumps(site.rows("hook_deliveries"), default=str)
    assert not [each for each in deliveries(site, made) if each["event"] == "contact.opted_out"]


def test_one_that_hangs_does_not_slow_a_campaign(site: Site, here: Receiver) -> None:
    let_go = threading.Event()
    here.before = lambda: let_go.wait(30)
    for _ in range(3):
        make(site, here.url)
    for place in range(6):
        site.webhook("inbound", inbound(f"No {place}", numbers(1)[0]))
    eventually(lambda: len(here.calls) >= 3, 10)

    sent = site.campaign(40)

    assert {each["status"] for each in site.messages(sent)} == {"accepted"}
    let_go.set()
