"""Contacts, lists and audiences over HTTP, and the campaigns that are for them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.site import LATER, Answer, Site, open_site
from tests.support.webhooks import inbound

ANN, BOB, EVE = "+14155550101", "+14155550102", "+14155550103"
JSON = "application/json"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url) as opened:
        people = [
            {"number": ANN, "first_name": "Ann", "tags": ["vip"], "fields": {"city": "Ghent"}},
            {"number": "+1 415 555 0102", "first_name": "Bob", "fields": {"city": "Bruges"}},
            {"number": EVE, "tags": ["vip"]},
        ]
        answer = opened.post("/api/contacts", {"contacts": people})
        assert answer.json == {"added": 3, "updated": 0, "skipped": 0}
        yield opened


def _send(method: str, site: Site, path: str, body: Any = None) -> Answer:
    given = {} if body is None else {"json": body}
    return getattr(site.client, method)(path, headers=site.key, **given)


def _numbers(answer: Answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [contact["number"] for contact in answer.json["contacts"]]


def _pointers(answer: Answer) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json["errors"]]


def _list(site: Site, *numbers: str, name: str = "Staff") -> str:
    answer = site.post("/api/lists", {"name": name})
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    if numbers:
        members = site.post(f"/api/lists/{found}/members", {"numbers": list(numbers)})
        assert members.json["contact_count"] == len(numbers)
    return found


def test_a_contact_is_shown_as_it_was_told(site: Site) -> None:
    contact = site.get(f"/api/contacts/{ANN}").json

    assert {name: contact[name] for name in ("number", "first_name", "last_name", "tags")} == {
        "number": ANN,
        "first_name": "Ann",
        "last_name": None,
        "tags": ["vip"],
    }
    assert contact["fields"] == {"city": "Ghent"}
    assert contact["opted_out_at"] is None
    assert site.get("/api/contacts/+14155550199").status_code == 404


def test_contacts_come_in_pages_and_are_found(site: Site) -> None:
    first = site.get("/api/contacts", limit=2)
    assert _numbers(first) == [ANN, BOB]
    assert _numbers(site.get(first.json["next"])) == [EVE]

    assert _numbers(site.get("/api/contacts", q="bO")) == [BOB]
    assert _numbers(site.get("/api/contacts", q="50103")) == [EVE]
    assert _numbers(site.get("/api/contacts", q="%")) == []
    assert _numbers(site.get("/api/contacts", tag="vip")) == [ANN, EVE]
    staff = _list(site, EVE)
    assert _numbers(site.get("/api/contacts", list=staff, tag="vip")) == [EVE]
    assert _numbers(site.get("/api/contacts", list="nobody's")) == []


def test_a_wrong_contact_keeps_all_out(site: Site) -> None:
    people = [{"number": "+14155550109"}, {"number": "12"}, {"number": ANN, "language": "?"}]
    answer = site.post("/api/contacts", {"contacts": people})

    assert _pointers(answer) == ["/contacts/1/number", "/contacts/2/language"]
    assert site.get("/api/contacts/+14155550109").status_code == 404


def test_who_is_known_may_be_skipped_or_refused(site: Site) -> None:
    told = {"contacts": [{"number": ANN, "first_name": "Anna"}, {"number": "+14155550109"}]}

    assert _pointers(site.post("/api/contacts", {**told, "on_existing": "refuse"})) == [
        "/contacts/0/number"
    ]
    skipped = site.post("/api/contacts", {**told, "on_existing": "skip"})
    assert skipped.json == {"added": 1, "updated": 0, "skipped": 1}
    assert site.get(f"/api/contacts/{ANN}").json["first_name"] == "Ann"


def test_a_change_keeps_what_it_does_not_name(site: Site) -> None:
    changes = {"last_name": "Lee", "tags": ["new"], "fields": {"city": None, "age": 40}}
    changed = _send("patch", site, f"/api/contacts/{ANN}", changes)

    assert changed.status_code == 200, changed.text
    assert changed.json["first_name"] == "Ann"
    assert changed.json["tags"] == ["new"]
    assert changed.json["fields"] == {"age": "40"}
    wrong = _send("patch", site, f"/api/contacts/{ANN}", {"language": "?", "number": BOB})
    assert _pointers(wrong) == ["/number"]
    assert _pointers(_send("patch", site, f"/api/contacts/{ANN}", {"tags": "x"})) == ["/tags"]


def test_an_opt_out_outlives_the_contact(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", from_number=ANN))
    assert site.get(f"/api/contacts/{ANN}").json["opted_out_at"] is not None

    assert _send("delete", site, f"/api/contacts/{ANN}").status_code == 204
    assert _send("delete", site, f"/api/contacts/{ANN}").status_code == 404
    site.post("/api/contacts", {"contacts": [{"number": ANN, "first_name": "Ann"}]})

    assert site.get(f"/api/contacts/{ANN}").json["opted_out_at"] is not None
    assert site.campaign([ANN])["results"]["opted_out_count"] == 1


def test_lists_have_names_and_members(site: Site) -> None:
    staff = _list(site, ANN, BOB)

    assert site.post("/api/lists", {"name": "Staff"}).status_code == 409
    strangers = site.post(f"/api/lists/{staff}/members", {"numbers": [EVE, "+14155550199"]})
    assert _pointers(strangers) == ["/numbers/1"]
    fewer = site.post(f"/api/lists/{staff}/members/remove", {"numbers": [ANN, EVE]})
    assert fewer.json["contact_count"] == 1
    renamed = _send("patch", site, f"/api/lists/{staff}", {"name": "Team", "description": "Us"})
    assert (renamed.json["name"], renamed.json["description"]) == ("Team", "Us")
    assert [each["name"] for each in site.get("/api/lists").json["lists"]] == ["Team"]
    assert _send("delete", site, f"/api/lists/{staff}").status_code == 204
    assert site.get(f"/api/lists/{staff}").status_code == 404
    assert site.get(f"/api/contacts/{BOB}").status_code == 200


def test_audiences_are_saved_counted_and_looked_at(site: Site) -> None:
    rule = {"and": [{"tag": "vip"}, {"field": "city", "exists": True}]}
    assert site.post("/api/audiences/count", {"rule": rule}).json == {"count": 1}
    saved = site.post("/api/audiences", {"name": "VIPs", "rule": rule})
    assert saved.status_code == 201
    path = f"/api/audiences/{saved.json['id']}"

    assert site.post("/api/audiences", {"name": "VIPs", "rule": rule}).status_code == 409
    assert _pointers(site.post("/api/audiences/count", {"rule": {"tag": 1}})) == ["/rule/tag"]
    assert _pointers(site.post("/api/audiences/count", {"rule": {"list": "no"}})) == ["/rule"]
    wider = _send("put", site, path, {"name": "VIPs", "rule": {"tag": "vip"}})
    assert wider.json["rule"] == {"tag": "vip"}
    first = site.get(f"{path}/contacts", limit=1)
    assert (first.json["count"], _numbers(first)) == (2, [ANN])
    assert _numbers(site.get(first.json["next"])) == [EVE]
    assert [each["name"] for each in site.get("/api/audiences").json["audiences"]] == ["VIPs"]
    assert _send("delete", site, path).status_code == 204
    assert site.get(path).status_code == 404


def _target(site: Site, **target: Any) -> Answer:
    order = {"message": "Hi {{ first_name }}", "allow_duplicate": True, **target}
    return site.client.post(
        "/api/campaigns/send", json=order, headers={**site.key, "Prefer": "wait=10"}
    )


def test_a_campaign_for_a_list_fills_in_what_is_known(site: Site) -> None:
    _list(site, ANN, BOB, EVE)
    sent = _target(site, lists=["Staff"])

    assert sent.status_code == 202, sent.text
    assert sent.json["results"]["accepted_count"] == 2
    (refused,) = sent.json["results"]["refused"]
    assert (refused["value"], refused["reason"]) == (EVE, "the text needs a value for first_name")
    assert [m["text"] for m in site.messages(sent.json)] == ["Hi Ann", "Hi Bob"]
    shown = site.get(sent.json["campaign"]["links"]["self"]).json
    assert shown["target"] == {"lists": ["Staff"], "audience": None}
    assert site.get(f"/api/contacts/{ANN}").json["fields"] == {"city": "Ghent"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"audience": {"field": "city", "exists": True}}, [ANN, BOB]),
        ({"audience": "Ghent"}, [ANN]),
        ({"lists": ["Staff"], "audience": {"not": {"tag": "vip"}}}, [BOB]),
        ({"lists": ["Staff", "Others"], "message": "Hello"}, [BOB, EVE]),
    ],
    ids=["a rule", "a saved rule", "both", "two lists"],
)
def test_a_target_chooses(site: Site, target: dict[str, Any], expected: list[str]) -> None:
    _list(site, BOB)
    _list(site, BOB, EVE, name="Others")
    rule = {"field": "city", "equals": "GHENT"}
    site.post("/api/audiences", {"name": "Ghent", "rule": rule})

    assert [m["number"] for m in site.messages(_target(site, **target).json)] == expected


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nobody at all": ({}, ["/recipients"]),
    "both kinds": ({"recipients": [ANN], "audience": {"tag": "vip"}}, ["/recipients"]),
    "no lists": ({"lists": []}, ["/lists"]),
    "unknown lists": ({"lists": ["Staff", "x"]}, ["/lists/1"]),
    "an unknown audience": ({"audience": "x"}, ["/audience"]),
    "a wrong rule": ({"audience": {"and": [{"tag": 1}]}}, ["/audience/and/0/tag"]),
    "a list that a rule names": ({"audience": {"list": "x"}}, ["/audience"]),
    "nobody chosen": ({"audience": {"tag": "nobody"}}, ["/audience"]),
    "an empty list": ({"lists": ["Staff"]}, ["/lists"]),
}


@pytest.mark.parametrize(("target", "pointers"), WRONG.values(), ids=WRONG)
def test_a_wrong_target_is_named_and_nothing_is_stored(
    site: Site, target: dict[str, Any], pointers: list[str]
) -> None:
    _list(site)

    assert _pointers(_target(site, **target)) == pointers
    assert site.get("/api/campaigns").json["campaigns"] == []


def test_a_draft_is_counted_now_and_read_anew_when_it_is_launched(site: Site) -> None:
    staff = _list(site, ANN)
    draft = site.post("/api/campaigns", {"lists": ["Staff"], "message": "Hi {{ first_name }}"})
    assert draft.json["results"]["accepted_count"] == 1

    site.post(f"/api/lists/{staff}/members", {"numbers": [BOB]})
    launched = site.post(f"/api/campaigns/{draft.json['id']}/launch")

    assert launched.status_code == 200, launched.text
    assert launched.json["results"]["accepted_count"] == 2


def test_a_target_may_take_the_place_of_recipients_and_the_other_way_round(site: Site) -> None:
    _list(site, ANN, BOB)
    draft = site.post("/api/campaigns", {"recipients": [EVE], "message": "Hello"}).json
    path = f"/api/campaigns/{draft['id']}"

    targeted = _send("patch", site, path, {"lists": ["Staff"]})
    assert (targeted.json["recipient_count"], targeted.json["target"]["lists"]) == (2, ["Staff"])
    named = _send("patch", site, path, {"recipients": [EVE]})
    assert (named.json["recipient_count"], named.json["target"]) == (1, None)
    assert _pointers(_send("patch", site, path, {"lists": ["x"]})) == ["/lists/0"]


def test_the_same_for_the_same_people_is_a_duplicate(site: Site) -> None:
    _list(site, ANN, BOB)
    once = {"lists": ["Staff"], "message": "Hello", "scheduled_at": LATER}

    assert site.post("/api/campaigns/send", once).status_code == 202
    again = site.post("/api/campaigns/send", {**once, "lists": [], "recipients": [ANN, BOB]})
    assert again.status_code == 422  # an empty list is no way to name recipients
    again = site.post(
        "/api/campaigns/send",
        {"recipients": [BOB, ANN], "message": "Hello", "scheduled_at": LATER},
    )
    assert again.status_code == 409


def test_a_repeated_request_is_answered_alike(site: Site) -> None:
    _list(site, ANN, EVE)
    order = {"lists": ["Staff"], "message": "Hi {{ first_name }}"}
    first = site.post("/api/campaigns/send", order, Idempotency_Key="one")
    again = site.post("/api/campaigns/send", order, Idempotency_Key="one")

    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert len(site.get("/api/campaigns").json["campaigns"]) == 1
