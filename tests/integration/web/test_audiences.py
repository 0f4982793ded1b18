"""Audiences over HTTP."""

from typing import Any

import pytest

from tests.support.people import ANN, BOB, CYD, new_list, numbers_of, pointers, three
from tests.support.site import Site

AUDIENCES = "/api/audiences"
VIP = {"tag": "vip"}


def put(site: Site, path: str, body: Any) -> Any:
    return site.client.put(path, headers=site.key, json=body)


def test_an_audience_is_saved_replaced_and_forgotten(site: Site) -> None:
    three(site)
    made = site.post(AUDIENCES, {"name": "Good", "rule": VIP})
    path = made.headers["Location"]
    assert site.get(path).json == made.json
    assert site.get(AUDIENCES).json["audiences"] == [made.json]

    page = site.get(f"{path}/contacts", limit=1)
    assert (page.json["count"], numbers_of(page)) == (2, [ANN])
    assert numbers_of(site.get(page.json["next"])) == [CYD]

    replaced = put(site, path, {"name": "Good", "rule": {"not": VIP}}).json
    assert (replaced["id"], replaced["rule"]) == (made.json["id"], {"not": VIP})
    assert numbers_of(site.get(f"{path}/contacts")) == [BOB]

    assert site.client.delete(path, headers=site.key).status_code == 204
    assert site.get(path).status_code == 404
    assert site.get(f"{path}/contacts").status_code == 404


def test_a_name_belongs_to_one_audience(site: Site) -> None:
    site.post(AUDIENCES, {"name": "Good", "rule": VIP})
    other = site.post(AUDIENCES, {"name": "Bad", "rule": VIP}).headers["Location"]
    assert site.post(AUDIENCES, {"name": "Good", "rule": VIP}).status_code == 409
    assert put(site, other, {"name": "Good", "rule": VIP}).status_code == 409


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (VIP, 2),
        ({"list": "Guests"}, 2),
        ({"and": [VIP, {"not": {"list": "Guests"}}]}, 1),
        ({"or": [{"field": "city", "equals": "GHENT"}, {"field": "last_name", "exists": True}]}, 3),
        ({"field": "last_name", "contains": "_"}, 1),
        ({"field": "created_at", "after": "2000-01-01"}, 3),
        ({"field": "number", "contains": "0101"}, 1),
    ],
)
def test_a_rule_is_counted_without_being_saved(
    site: Site, rule: dict[str, Any], count: int
) -> None:
    three(site)
    new_list(site, "Guests", ANN, BOB)
    assert site.post(f"{AUDIENCES}/count", {"rule": rule}).json == {"count": count}
    assert site.get(AUDIENCES).json["audiences"] == []


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ({}, ["/rule"]),
        ({"list": "Nobody's"}, ["/rule"]),
        ({"and": [{"tag": ""}, {"field": "a b", "exists": True}, 7]}, None),
        ({"field": "city", "equals": None}, ["/rule/equals"]),
        ({"field": "city", "contains": "x" * 1_001}, ["/rule/contains"]),
        ({"field": "created_at", "after": "9999-99-99"}, ["/rule/after"]),
        ({"list": ["Guests"]}, ["/rule/list"]),
        ({"tag": 10**400}, ["/rule/tag"]),
        ({"not": None}, ["/rule/not"]),
    ],
)
def test_every_mistake_of_a_rule_is_named(
    site: Site, rule: dict[str, Any], places: list[str] | None
) -> None:
    wanted = places or ["/rule/and/0/tag", "/rule/and/1/field", "/rule/and/2"]
    assert pointers(site.post(f"{AUDIENCES}/count", {"rule": rule})) == wanted
    assert pointers(site.post(AUDIENCES, {"name": "Odd", "rule": rule})) == wanted
    assert site.get(AUDIENCES).json["audiences"] == []
