"""Saved templates: kept with every version, tried out, used by campaigns."""

from typing import Any

import pytest

from tests.support.builders import numbers
from tests.support.site import LATER, Answer, Site

TEXT = "Hi {{ name | default: 'there' }}, {{ city }} calls"
NOBODYS_ID = "01a20284-46ec-7085-90b1-3294384bf7a9"


def saved(site: Site, text: str = TEXT, name: str = "Calls") -> dict[str, Any]:
    answer = site.post("/api/templates", {"name": name, "text": text})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    assert answer.headers["Location"] == f"/api/templates/{found['id']}"
    return found


def put(site: Site, template: dict[str, Any], **body: Any) -> Answer:
    path = f"/api/templates/{template['id']}"
    return site.client.put(path, headers=site.key, json=body)


def drop(site: Site, template: dict[str, Any]) -> Answer:
    return site.client.delete(f"/api/templates/{template['id']}", headers=site.key)


def patch(site: Site, campaign: dict[str, Any], **body: Any) -> Answer:
    path = f"/api/campaigns/{campaign['id']}"
    return site.client.patch(path, headers=site.key, json=body)


def preview(site: Site, template: dict[str, Any], **body: Any) -> Answer:
    return site.post(f"/api/templates/{template['id']}/preview", body)


def draft(site: Site, **body: Any) -> dict[str, Any]:
    people = [{"to": number, "city": "Bonn"} for number in numbers(2)]
    answer = site.post("/api/campaigns", {"recipients": people, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def mistakes(answer: Answer) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["detail"] for each in answer.json["errors"]}


def test_a_template_is_kept_and_found(site: Site) -> None:
    made = saved(site)

    found = site.get(f"/api/templates/{made['id']}").json

    assert found == made
    assert (found["name"], found["text"], found["version"]) == ("Calls", TEXT, 1)
    assert (found["fields"], found["optional_fields"]) == (["city"], ["name"])
    assert [each["text"] for each in found["versions"]] == [TEXT]
    assert found["versions"][0]["created_by"].startswith("API key ")


def test_putting_makes_a_version_and_keeps_the_old_ones(site: Site) -> None:
    made = saved(site, "one")
    put(site, made, text="two")
    found = put(site, made, text="three", name="Threes").json

    assert (found["version"], found["name"]) == (3, "Threes")
    assert [(each["version"], each["text"]) for each in found["versions"]] == [
        (3, "three"),
        (2, "two"),
        (1, "one"),
    ]


def test_the_same_text_again_is_no_version(site: Site) -> None:
    made = saved(site, "one")

    found = put(site, made, text="one", name="Other").json

    assert (found["version"], found["name"]) == (1, "Other")


def test_templates_come_in_pages_without_the_archived(site: Site) -> None:
    ids = [saved(site, name=f"T{place}")["id"] for place in range(3)]
    drop(site, {"id": ids[1]})

    first = site.get("/api/templates", limit=1).json
    second = site.get(first["next"]).json

    assert [each["id"] for each in (*first["templates"], *second["templates"])] == ids[::-2]
    archived = site.get("/api/templates", archived="true").json["templates"]
    assert [each["id"] for each in archived] == [ids[1]]


def test_an_archived_template_is_used_no_more(site: Site) -> None:
    made = saved(site, "Hello")
    used = draft(site, template={"id": made["id"]})

    first, again = drop(site, made), drop(site, made)

    assert first.json["archived_at"] == again.json["archived_at"] is not None
    assert put(site, made, text="new").status_code == 409
    body = {"recipients": numbers(1), "template": {"id": made["id"]}}
    assert mistakes(site.post("/api/campaigns/send", body)) == {
        "/template/id": "the template “Calls” is archived"
    }
    assert site.post(f"/api/campaigns/{used['id']}/launch").status_code == 200


def test_what_was_decided_is_written_down(site: Site) -> None:
    made = saved(site, "one")
    put(site, made, text="two")
    drop(site, made)

    events = site.get("/api/audit", subject=made["id"]).json["events"]

    assert [each["action"] for each in events] == ["archived", "edited", "created"]
    assert {each["subject"]["kind"] for each in events} == {"template"}


@pytest.mark.parametrize("method", ["get", "put", "delete", "post"])
@pytest.mark.parametrize("template_id", [NOBODYS_ID, "none"])
def test_what_is_not_there_is_not_found(quick_site: Site, method: str, template_id: str) -> None:
    behind = "/preview" if method == "post" else ""
    body = {"put": {"text": "x"}, "post": {}}.get(method)
    answer = quick_site.client.open(
        f"/api/templates/{template_id}{behind}",
        method=method.upper(),
        headers=quick_site.key,
        json=body,
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/name", "/text"}),
        ({"name": "", "text": "x"}, {"/name"}),
        ({"name": "x" * 201, "text": " "}, {"/name", "/text"}),
        ({"name": "x", "text": "{{ open"}, {"/text"}),
        ({"name": "x", "text": "x", "more": 1}, {"/more"}),
    ],
)
def test_every_mistake_is_named(quick_site: Site, body: Any, pointers: set[str]) -> None:
    assert mistakes(quick_site.post("/api/templates", body)).keys() == pointers


def test_a_preview_is_filled_in_and_counted(site: Site) -> None:
    made = saved(site)

    shown = preview(site, made, fields={"city": "Łódź", "age": 5, "name": None}).json

    assert shown["text"] == "Hi there, Łódź calls"
    assert (shown["encoding"], shown["segments"], shown["remaining"]) == ("UCS-2", 1, 50)
    assert [each["character"] for each in shown["culprits"]] == ["Ł", "ó", "ź"]


def test_a_preview_shows_an_older_version_and_what_a_sender_adds(site: Site) -> None:
    made = saved(site, "one")
    put(site, made, text="two")
    texts = {"programme_name": "Bells", "add_programme_name": True}
    site.client.put("/api/senders/Bells/texts", headers=site.key, json=texts)

    assert preview(site, made).json["text"] == "two"
    assert preview(site, made, version=1, **{"from": "Bells"}).json["text"] == "Bells: one"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/fields/city"}),
        ({"fields": {"city": " "}}, {"/fields/city"}),
        ({"fields": {"city": ["x"]}}, {"/fields"}),
        ({"fields": []}, {"/fields"}),
        ({"fields": {"city": "x" * 4000}}, {"/fields"}),
        ({"fields": {"city": "x"}, "version": 9}, {"/version"}),
        ({"version": 0, "from": "?"}, {"/version", "/from"}),
    ],
)
def test_a_preview_names_what_is_missing(quick_site: Site, body: Any, pointers: set[str]) -> None:
    assert mistakes(preview(quick_site, saved(quick_site), **body)).keys() == pointers


def test_a_campaign_copies_the_text_and_says_where_it_is_from(site: Site) -> None:
    made = saved(site)
    campaign = draft(site, template={"id": made["id"]})
    put(site, made, text="something else")

    launched = site.post(f"/api/campaigns/{campaign['id']}/launch").json

    assert launched["template"] == {"id": made["id"], "version": 1}
    assert launched["message"] == TEXT
    texts = {each["text"] for each in site.messages({"campaign": launched})}
    assert texts == {"Hi there, Bonn calls"}


def test_a_campaign_may_name_a_version(site: Site) -> None:
    made = saved(site, "one")
    put(site, made, text="two")
    body = {"recipients": numbers(1), "template": {"id": made["id"].upper(), "version": 1}}

    answer = site.post("/api/campaigns/send", body, Prefer="wait=10")

    assert answer.status_code == 202, answer.text
    assert [message.text for message in site.gateway.sent] == ["one"]


def test_a_draft_may_change_its_template_and_leave_it(site: Site) -> None:
    made = saved(site, "one")
    campaign = draft(site, message="Hello")
    assert campaign["template"] is None

    with_template = patch(site, campaign, template={"id": made["id"]}).json
    assert (with_template["message"], with_template["template"]["version"]) == ("one", 1)
    without = patch(site, campaign, message="Hello again").json
    assert (without["message"], without["template"]) == ("Hello again", None)


def test_a_scheduled_campaign_is_planned_anew_with_its_new_template(site: Site) -> None:
    made = saved(site, "one")
    campaign = site.campaign(2, scheduled_at=LATER)

    patch(site, campaign["campaign"], template={"id": made["id"]})

    assert {each["text"] for each in site.messages(campaign)} == {"one"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/message"}),
        ({"message": "x", "template": {"id": NOBODYS_ID}}, {"/message"}),
        ({"template": {"id": NOBODYS_ID}}, {"/template/id"}),
        ({"template": {"id": "none"}}, {"/template/id"}),
        ({"template": {}}, {"/template/id"}),
        ({"template": {"id": NOBODYS_ID, "version": "1"}}, {"/template/version"}),
        ({"message": None}, {"/message"}),
    ],
)
def test_one_of_the_two_says_what_is_sent(quick_site: Site, body: Any, pointers: set[str]) -> None:
    answer = quick_site.post("/api/campaigns/send", {"recipients": numbers(1), **body})

    assert mistakes(answer).keys() == pointers
    assert quick_site.rows("campaigns") == []


def test_a_saved_text_that_is_too_long_for_anybody_is_refused(site: Site) -> None:
    template = {"id": saved(site, "x" * 3201)["id"]}

    answer = site.post("/api/campaigns", {"recipients": numbers(1), "template": template})

    assert mistakes(answer) == {"/message": "the text has 3201 characters, Vonage takes 3200"}


def test_a_version_that_is_not_there_is_named(site: Site) -> None:
    template = {"id": saved(site)["id"], "version": 7}
    body = {"recipients": numbers(1), "template": template}

    assert mistakes(site.post("/api/campaigns", body)) == {
        "/template/version": "“Calls” has the versions 1 to 1"
    }


def test_a_change_names_one_of_the_two(site: Site) -> None:
    campaign = draft(site, message="Hello")

    assert mistakes(patch(site, campaign, template=None)).keys() == {"/template"}
    both = patch(site, campaign, message="x", template={"id": NOBODYS_ID})
    assert mistakes(both).keys() == {"/message"}
    unknown = patch(site, campaign, template={"id": NOBODYS_ID})
    assert mistakes(unknown).keys() == {"/template/id"}
    assert site.get(f"/api/campaigns/{campaign['id']}").json["message"] == "Hello"
