"""What happens to contacts, lists and audiences is in the audit trail, and no number is."""

from typing import Any

import pytest
from sqlalchemy import text

from app.storage.database import Database
from tests.support.people import ANN, BOB, keep, new_list, three
from tests.support.site import Site


def trail(site: Site, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Subject, action and details of each event about such things, the oldest first."""
    events = site.get("/api/audit", limit=100).json["events"][::-1]
    of_kind = [each for each in events if each["subject"]["kind"] == kind]
    assert all(each["actor"].startswith("API key ") for each in of_kind)
    return [(each["subject"]["id"], each["action"], each["details"]) for each in of_kind]


def test_contacts(site: Site) -> None:
    three(site)
    keep(site, {"number": ANN, "first_name": "Anna"}, on_existing="skip")  # nothing happens
    here = f"/api/contacts/{ANN}"
    site.client.patch(here, headers=site.key, json={"last_name": "Lee", "fields": {"city": "Gent"}})
    site.client.patch(here, headers=site.key, json={"last_name": "Lee"})  # it is so already
    site.client.delete(here, headers=site.key)
    assert site.client.delete(here, headers=site.key).status_code == 404

    assert trail(site, "contact") == [
        ("3 of them", "kept", {"added": 3, "updated": 0, "skipped": 0}),
        ("+*******0101", "changed", {"changed": ["fields", "last_name"]}),
        ("+*******0101", "deleted", {}),
    ]
    told = site.get("/api/audit").text
    assert ANN.removeprefix("+") not in told
    assert "Lee" not in told


def test_lists(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Staff", ANN, BOB)
    here = f"/api/lists/{list_id}"
    site.post(f"{here}/members", {"numbers": [ANN]})  # is on it already
    site.client.patch(here, headers=site.key, json={"name": "Crew"})
    site.client.patch(here, headers=site.key, json={"name": "Crew"})
    site.post(f"{here}/members/remove", {"numbers": [ANN]})
    site.post(f"{here}/members/remove", {"numbers": [ANN]})
    site.client.delete(here, headers=site.key)

    assert trail(site, "list") == [
        (list_id, "created", {"name": "Staff"}),
        (list_id, "contacts added", {"contacts": 2}),
        (list_id, "changed", {"name": "Crew"}),
        (list_id, "contacts removed", {"contacts": 1}),
        (list_id, "deleted", {"name": "Crew", "contacts": 1}),
    ]


def test_audiences(site: Site) -> None:
    made = site.post("/api/audiences", {"name": "VIPs", "rule": {"tag": "vip"}}).json
    here = f"/api/audiences/{made['id']}"
    for name, tag in (("VIPs", "vip"), ("Best", "vip"), ("Best", "best")):
        site.client.put(here, headers=site.key, json={"name": name, "rule": {"tag": tag}})
    site.client.delete(here, headers=site.key)

    assert trail(site, "audience") == [
        (made["id"], "created", {"name": "VIPs"}),
        (made["id"], "changed", {"name": "Best", "rule": "as before"}),
        (made["id"], "changed", {"name": "Best", "rule": "another"}),
        (made["id"], "deleted", {"name": "Best"}),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/contacts", {"contacts": [{"number": ANN}]}),
        ("/api/lists", {"name": "Staff"}),
        ("/api/audiences", {"name": "VIPs", "rule": {"tag": "vip"}}),
    ],
)
def test_what_cannot_be_written_down_is_not_done(
    site: Site, path: str, body: dict[str, Any]
) -> None:
    database: Database = site.house.database
    with database.writing() as session:
        session.execute(text("ALTER TABLE audit_events RENAME TO elsewhere"))
    try:
        assert site.post(path, body).status_code >= 500
    finally:
        with database.writing() as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO audit_events"))
    assert [site.rows(name) for name in ("contacts", "contact_lists", "audiences")] == [[], [], []]
