"""Contacts and lists over HTTP: wrong input, searches, and changes of what is known."""

from typing import Any

import pytest

from tests.support.people import ANN, BOB, CYD, new_list, numbers_of, pointers, three
from tests.support.site import Site

CONTACTS = "/api/contacts"
LISTS = "/api/lists"


def patch(site: Site, path: str, body: Any) -> Any:
    return site.client.patch(path, headers=site.key, json=body)


def test_every_mistake_is_named_and_nobody_is_kept(site: Site) -> None:
    people = [
        {"number": ANN},
        {"number": "12", "time_zone": "Mars/Olympus", "tags": ["a,b"], "shoe": 1},
        {"number": ANN, "language": "x", "fields": {"first_name": "x", "a": []}},
        {"number": BOB, "first_name": 7, "last_name": "x" * 101, "tags": None, "fields": None},
        {"number": 10**400, "tags": "vip", "fields": {"a b": 1}},
    ]
    assert set(pointers(site.post(CONTACTS, {"contacts": people}))) == {
        "/contacts/1/number",
        "/contacts/1/time_zone",
        "/contacts/1/tags/0",
        "/contacts/1/shoe",
        "/contacts/2/language",
        "/contacts/2/fields/first_name",
        "/contacts/2/fields/a",
        "/contacts/3/first_name",
        "/contacts/3/last_name",
        "/contacts/4/number",
        "/contacts/4/tags",
        "/contacts/4/fields/a b",
    }
    twice = site.post(CONTACTS, {"contacts": [{"number": ANN}, {"number": ANN}]})
    assert pointers(twice) == ["/contacts/1/number"]
    assert site.get(CONTACTS).json == {"contacts": [], "next": None}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"q": "ANN"}, [ANN]),
        ({"q": "0102"}, [BOB]),
        ({"q": "e_e"}, [CYD]),  # a letter, and no sign for any other
        ({"q": "%"}, []),
        ({"tag": "vip"}, [ANN, CYD]),
        ({"tag": "VIP"}, []),
        ({"tag": "vip", "q": "ann"}, [ANN]),
    ],
)
def test_contacts_are_searched_for(site: Site, search: dict[str, str], found: list[str]) -> None:
    three(site)
    assert numbers_of(site.get(CONTACTS, **search)) == found


def test_a_link_to_the_next_page_keeps_the_search(site: Site) -> None:
    three(site)
    page = site.get(CONTACTS, tag="vip", limit=1)
    assert numbers_of(page) == [ANN]
    assert numbers_of(site.get(page.json["next"])) == [CYD]


def test_a_change_replaces_what_it_names_and_null_forgets(site: Site) -> None:
    three(site)
    changes = {"first_name": None, "last_name": "Lee", "fields": {"city": None, "age": 40}}
    found = patch(site, f"{CONTACTS}/{ANN}", changes).json
    assert (found["first_name"], found["last_name"], found["tags"]) == (None, "Lee", ["vip"])
    assert found["fields"] == {"age": "40"}
    assert patch(site, f"{CONTACTS}/{ANN}", {"tags": ["new"]}).json["tags"] == ["new"]
    assert patch(site, f"{CONTACTS}/{ANN}", {"tags": None, "fields": None}).json["fields"] == {}
    assert site.get(f"{CONTACTS}/{ANN}").json["tags"] == []
    assert patch(site, f"{CONTACTS}/{ANN}", {}).json["last_name"] == "Lee"


def test_a_wrong_change_changes_nothing(site: Site) -> None:
    three(site)
    wrong = {"first_name": [], "time_zone": "x", "fields": {"a b": 1}, "shoe": 1}
    assert set(pointers(patch(site, f"{CONTACTS}/{ANN}", wrong))) == {
        "/first_name",
        "/time_zone",
        "/fields/a b",
        "/shoe",
    }
    assert pointers(patch(site, f"{CONTACTS}/{ANN}", {"number": BOB})) == ["/number"]
    assert site.get(f"{CONTACTS}/{ANN}").json["first_name"] == "Ann"


def test_who_is_known_from_a_campaign_can_be_changed(site: Site) -> None:
    site.campaign([{"to": ANN, "first_name": "Ann", "Shoe size": "39"}])
    found = patch(site, f"{CONTACTS}/{ANN}", {"last_name": "Lee"})
    assert found.status_code == 200, found.text
    assert found.json["fields"]["Shoe size"] == "39"


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_what_no_database_can_keep_is_refused(site: Site, odd: str) -> None:
    three(site)
    assert site.post(CONTACTS, {"contacts": [{"number": BOB, "tags": [odd]}]}).status_code == 400
    assert patch(site, f"{CONTACTS}/{ANN}", {"fields": {odd: "x"}}).status_code == 400
    for name in ("q", "tag", "list", "after"):
        assert site.get(f"{CONTACTS}?{name}=%00").status_code == 422


def test_members_are_found_by_id_or_name_of_the_list(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Guests", CYD, ANN)
    for named in (list_id, list_id.upper(), "Guests"):
        assert numbers_of(site.get("/api/contacts", list=named)) == [ANN, CYD]
    page = site.get("/api/contacts", list="Guests", limit=1)
    assert numbers_of(site.get(page.json["next"])) == [CYD]
    assert numbers_of(site.get("/api/contacts", list="Strangers")) == []


def test_whoever_is_forgotten_leaves_the_list(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Guests", ANN, BOB)
    site.client.delete(f"/api/contacts/{ANN}", headers=site.key)
    assert site.get(f"{LISTS}/{list_id}").json["contact_count"] == 1


def test_what_is_no_name_is_refused(site: Site) -> None:
    an_id = new_list(site, "Guests")
    names: list[Any] = ["", "x" * 101, None, 7, [], an_id, an_id.upper()]
    for name in names:
        assert pointers(site.post(LISTS, {"name": name})) == ["/name"]
        assert pointers(patch(site, f"{LISTS}/{an_id}", {"name": name})) == ["/name"]
