"""Lists of contacts over HTTP."""

from typing import Any

from tests.support.people import ANN, BOB, CYD, new_list, numbers_of, pointers, three
from tests.support.site import Site

LISTS = "/api/lists"


def patch(site: Site, list_id: str, body: Any) -> Any:
    return site.client.patch(f"{LISTS}/{list_id}", headers=site.key, json=body)


def test_a_list_is_made_changed_and_forgotten_and_its_contacts_stay(site: Site) -> None:
    three(site)
    made = site.post(LISTS, {"name": "Guests", "description": "of June"})
    path = made.headers["Location"]
    assert site.get(path).json == made.json
    assert made.json["contact_count"] == 0

    put = site.post(f"{path}/members", {"numbers": [ANN, BOB, "+1 415 555 0101"]})
    assert put.json["contact_count"] == 2
    assert site.post(f"{path}/members", {"numbers": [BOB, CYD]}).json["contact_count"] == 3
    off = site.post(f"{path}/members/remove", {"numbers": [ANN, "+14155550199"]})
    assert off.json["contact_count"] == 2

    changed = patch(site, made.json["id"], {"description": None}).json
    assert (changed["name"], changed["description"]) == ("Guests", None)
    assert patch(site, made.json["id"], {"name": "Friends"}).json["name"] == "Friends"

    assert site.client.delete(path, headers=site.key).status_code == 204
    assert site.get(path).status_code == 404
    assert numbers_of(site.get("/api/contacts")) == [ANN, BOB, CYD]


def test_members_are_found_by_id_or_name_of_the_list(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Guests", CYD, ANN)
    for named in (list_id, list_id.upper(), "Guests"):
        assert numbers_of(site.get("/api/contacts", list=named)) == [ANN, CYD]
    page = site.get("/api/contacts", list="Guests", limit=1)
    assert numbers_of(site.get(page.json["next"])) == [CYD]
    assert pointers(site.get("/api/contacts", list="Strangers")) == ["?list"]


def test_whoever_is_forgotten_leaves_the_list(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Guests", ANN, BOB)
    site.client.delete(f"/api/contacts/{ANN}", headers=site.key)
    assert site.get(f"{LISTS}/{list_id}").json["contact_count"] == 1


def test_strangers_are_named_and_nobody_is_put_on(site: Site) -> None:
    three(site)
    list_id = new_list(site, "Guests")
    put = site.post(f"{LISTS}/{list_id}/members", {"numbers": [ANN, "+14155550198"]})
    assert pointers(put) == ["/numbers/1"]
    assert site.get(f"{LISTS}/{list_id}").json["contact_count"] == 0


def test_a_name_belongs_to_one_list(site: Site) -> None:
    first, second = new_list(site, "Guests"), new_list(site, "Others")
    assert site.post(LISTS, {"name": "Guests"}).status_code == 409
    assert patch(site, second, {"name": "Guests"}).status_code == 409
    assert patch(site, first, {"name": "Guests"}).status_code == 200
    page = site.get(LISTS, limit=1).json
    assert [each["id"] for each in page["lists"]] == [first]
    assert [each["id"] for each in site.get(page["next"]).json["lists"]] == [second]


def test_what_is_no_name_is_refused(site: Site) -> None:
    an_id = new_list(site, "Guests")
    names: list[Any] = ["", "x" * 101, None, 7, [], an_id, an_id.upper()]
    for name in names:
        assert pointers(site.post(LISTS, {"name": name})) == ["/name"]
        assert pointers(patch(site, an_id, {"name": name})) == ["/name"]
