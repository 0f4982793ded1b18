"""Contacts over HTTP: kept, found, changed, forgotten."""

from typing import Any

import pytest

from tests.support.people import ANN, BOB, CYD, keep, numbers_of, pointers, three
from tests.support.site import Site
from tests.support.webhooks import inbound

CONTACTS = "/api/contacts"


def patch(site: Site, number: str, body: Any) -> Any:
    return site.client.patch(f"{CONTACTS}/{number}", headers=site.key, json=body)


def test_a_contact_is_shown_as_it_was_told(site: Site) -> None:
    told = {
        "first_name": "Ann",
        "last_name": "Łee",
        "language": "pt-BR",
        "time_zone": "Europe/Brussels",
        "postal_code": "9000",
        "tags": ["b", "a", "a"],
        "fields": {"city": "Ghent", "visits": 3, "member": True},
    }
    assert keep(site, {"number": "(415) 555-0101".replace("(", "+1 ("), **told}) == {
        "added": 1,
        "updated": 0,
        "skipped": 0,
    }
    found = site.get(f"{CONTACTS}/{ANN}").json
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        "number": ANN,
        **told,
        "tags": ["a", "b"],
        "fields": {"city": "Ghent", "visits": "3", "member": "true"},
        "opted_out_at": None,
    }


def test_who_is_known_is_updated_skipped_or_refused(site: Site) -> None:
    three(site)
    again = {"number": ANN, "first_name": "Anna", "fields": {"age": "40"}}
    assert keep(site, again, on_existing="skip")["skipped"] == 1
    assert site.get(f"{CONTACTS}/{ANN}").json["first_name"] == "Ann"

    refused = site.post(CONTACTS, {"contacts": [again], "on_existing": "refuse"})
    assert pointers(refused) == ["/contacts/0/number"]

    assert keep(site, again)["updated"] == 1
    found = site.get(f"{CONTACTS}/{ANN}").json
    assert (found["first_name"], found["tags"]) == ("Anna", ["vip"])
    assert found["fields"] == {"city": "Ghent", "age": "40"}


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


def test_pages_follow_one_another(site: Site) -> None:
    three(site)
    page = site.get(CONTACTS, limit=2)
    assert numbers_of(page) == [ANN, BOB]
    assert numbers_of(site.get(page.json["next"])) == [CYD]
    assert site.get(page.json["next"]).json["next"] is None


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
    found = patch(site, ANN, changes).json
    assert (found["first_name"], found["last_name"], found["tags"]) == (None, "Lee", ["vip"])
    assert found["fields"] == {"age": "40"}
    assert patch(site, ANN, {"tags": ["new"]}).json["tags"] == ["new"]
    assert patch(site, ANN, {"tags": None, "fields": None}).json["fields"] == {}
    assert site.get(f"{CONTACTS}/{ANN}").json["tags"] == []
    assert patch(site, ANN, {}).json["last_name"] == "Lee"


def test_a_wrong_change_changes_nothing(site: Site) -> None:
    three(site)
    wrong = {"first_name": [], "time_zone": "x", "fields": {"a b": 1}, "shoe": 1}
    assert set(pointers(patch(site, ANN, wrong))) == {
        "/first_name",
        "/time_zone",
        "/fields/a b",
        "/shoe",
    }
    assert pointers(patch(site, ANN, {"number": BOB})) == ["/number"]
    assert site.get(f"{CONTACTS}/{ANN}").json["first_name"] == "Ann"


def test_who_is_known_from_a_campaign_can_be_changed(site: Site) -> None:
    site.campaign([{"to": ANN, "first_name": "Ann", "Shoe size": "39"}])
    found = patch(site, ANN, {"last_name": "Lee"})
    assert found.status_code == 200, found.text
    assert found.json["fields"]["Shoe size"] == "39"


def test_whoever_opted_out_is_shown_so_and_stays_so_when_forgotten(site: Site) -> None:
    three(site)
    site.webhook("inbound", inbound("STOP", ANN))
    opted_out_at = site.get(f"{CONTACTS}/{ANN}").json["opted_out_at"]
    assert opted_out_at is not None

    assert site.client.delete(f"{CONTACTS}/{ANN}", headers=site.key).status_code == 204
    assert site.get(f"{CONTACTS}/{ANN}").status_code == 404
    assert site.client.delete(f"{CONTACTS}/{ANN}", headers=site.key).status_code == 404
    assert patch(site, ANN, {"first_name": "x"}).status_code == 404

    keep(site, {"number": ANN})
    assert site.get(f"{CONTACTS}/{ANN}").json["opted_out_at"] == opted_out_at
    (message,) = site.messages(site.campaign([ANN]))
    assert message["status"] == "skipped"


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_what_no_database_can_keep_is_refused(site: Site, odd: str) -> None:
    three(site)
    assert site.post(CONTACTS, {"contacts": [{"number": BOB, "tags": [odd]}]}).status_code == 400
    assert patch(site, ANN, {"fields": {odd: "x"}}).status_code == 400
    for name in ("q", "tag", "list", "after"):
        assert site.get(f"{CONTACTS}?{name}=%00").status_code == 422
