"""Hours that an operator gives a name, over HTTP."""

from typing import Any

import pytest

from app.domain.api_keys import KeyWish
from app.domain.scopes import Scope
from tests.support.site import Site

CHICAGO = "+13125550101"
OFFICE = {"weekdays": ["10:00", "16:00"], "saturday": None, "sunday": None}
PATH = "/api/hours/presets"


def _put(site: Site, name: str, body: dict[str, Any]) -> Any:
    return site.client.put(f"{PATH}/{name}", headers=site.key, json=body)


def _draft(site: Site, **body: Any) -> Any:
    return site.post("/api/campaigns", {"recipients": [CHICAGO], "message": "Hello", **body})


def test_hours_are_made_shown_changed_and_deleted(site: Site) -> None:
    made = site.post(PATH, {"name": "office", "title": "Office", "source": "ours", **OFFICE})

    assert (made.status_code, made.headers["Location"]) == (201, f"{PATH}/office")
    words = {"name": "office", "title": "Office", "source": "ours"}
    shown = {**words, "own": True, "holidays": "open", **OFFICE}
    assert made.json == site.get(f"{PATH}/office").json == shown
    listed = site.get(PATH).json["presets"]
    assert listed[-1] == shown
    assert {each["own"] for each in listed[:-1]} == {False}
    changed = _put(site, "office", {**OFFICE, "sunday": ["12:00", "24:00"], "holidays": "closed"})
    assert changed.json["holidays"] == "closed"
    assert (changed.status_code, changed.json["sunday"]) == (200, ["12:00", "24:00"])
    assert (changed.json["title"], changed.json["source"]) == ("office", "the operator's own")
    gone = site.client.delete(f"{PATH}/office", headers=site.key)
    assert (gone.status_code, site.get(f"{PATH}/office").status_code) == (200, 404)
    trail = [each for each in site.rows("audit_events") if each["subject_kind"] == "hours"]
    assert [each["action"] for each in trail] == ["created", "changed", "deleted"]


def test_a_campaign_keeps_the_hours_that_it_was_given(site: Site) -> None:
    site.post(PATH, {"name": "office", **OFFICE})
    body = {
        "recipients": [CHICAGO],
        "message": "Hello",
        "quiet_hours": "office",
        "scheduled_at": "2099-01-01T06:00:00Z",
    }
    sent = site.post("/api/campaigns/send", body).json
    own = {"preset": "office", **OFFICE}
    path = sent["campaign"]["links"]["self"]
    assert site.get(path).json["quiet_hours"] == own
    _put(site, "office", {"weekdays": None, "saturday": ["09:00", "10:00"], "sunday": None})

    renamed = site.client.patch(path, headers=site.key, json={"name": "New year"}).json
    assert renamed["quiet_hours"] == own
    assert site.messages(sent)[0]["held"].startswith("held until Thu 10:00 America/Chicago")
    site.client.delete(f"{PATH}/office", headers=site.key)
    assert site.get(path).json["quiet_hours"] == own
    assert _draft(site, quiet_hours="office").status_code == 422


def test_a_draft_that_names_them_anew_gets_the_new_ones(site: Site) -> None:
    site.post(PATH, {"name": "office", **OFFICE})
    draft = _draft(site, quiet_hours="office").json
    _put(site, "office", {**OFFICE, "saturday": ["10:00", "12:00"]})
    path = f"/api/campaigns/{draft['id']}"
    again = site.client.patch(path, headers=site.key, json={"quiet_hours": "office"}).json

    assert draft["quiet_hours"]["saturday"] is None
    assert again["quiet_hours"]["saturday"] == ["10:00", "12:00"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Office", **OFFICE}, "/name"),
        ({"name": "off", **OFFICE}, "/name"),
        ({"name": "fr", **OFFICE}, "/name"),
        ({"name": "x" * 41, **OFFICE}, "/name"),
        ({"name": "never", **dict.fromkeys(OFFICE)}, "/weekdays"),
        ({"name": "back", **OFFICE, "weekdays": ["20:00", "09:00"]}, "/weekdays"),
        ({"name": "part", "weekdays": ["09:00", "20:00"], "saturday": None}, "/sunday"),
    ],
)
def test_a_mistake_is_named(site: Site, body: dict[str, Any], pointer: str) -> None:
    answer = site.post(PATH, body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert all(not each["own"] for each in site.get(PATH).json["presets"])


def test_names_are_given_once_and_those_of_the_program_are_its_own(site: Site) -> None:
    assert site.post(PATH, {"name": "office", **OFFICE}).status_code == 201
    assert site.post(PATH, {"name": "office", **OFFICE}).status_code == 409
    assert _put(site, "none-such", OFFICE).status_code == 404
    assert _put(site, "default", OFFICE).status_code == 409
    assert site.client.delete(f"{PATH}/FR", headers=site.key).status_code == 409
    assert site.client.delete(f"{PATH}/none-such", headers=site.key).status_code == 404


def test_who_may_send_may_name_hours_but_not_change_them(site: Site) -> None:
    wish = KeyWish("sender", frozenset({Scope.SEND, Scope.READ}))
    secret = site.house.services.keys.create(wish, "test").secret
    headers = {"Authorization": f"Bearer {secret}"}

    assert site.client.get(PATH, headers=headers).status_code == 200
    refused = site.client.post(PATH, headers=headers, json={"name": "mine", **OFFICE})
    assert (refused.status_code, refused.json["scope"]) == (403, "admin")


def test_a_campaign_is_closed_on_holidays_where_its_hours_or_itself_say_so(site: Site) -> None:
    site.post(PATH, {"name": "office", "holidays": "closed", **OFFICE})

    assert _draft(site, quiet_hours="office").json["holidays"] == "closed"
    assert _draft(site, quiet_hours="office", holidays="open").json["holidays"] == "open"
    assert _draft(site, quiet_hours="FR").json["holidays"] == "closed"
    assert _draft(site, quiet_hours="default").json["holidays"] == "open"
    assert _draft(site, kind="transactional").json["holidays"] == "open"
    assert _draft(site, holidays="shut").status_code == 422
    draft = _draft(site, quiet_hours=OFFICE, holidays="closed", scheduled_at="2099-12-25T17:00:00Z")
    assert draft.json["holidays"] == "closed"
    preview = site.post(f"/api/campaigns/{draft.json['id']}/preview").json
    told = "held until Mon 10:00 America/Chicago (area code 312): Christmas Day"
    assert preview["samples"][0]["held"] == told
