"""Contacts and lists over HTTP, for tests that need some."""

from typing import Any

from tests.support.site import Site

ANN, BOB, CYD = "+14155550101", "+14155550102", "+14155550103"


def keep(site: Site, *people: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Keep these contacts; returns the answer."""
    answer = site.post("/api/contacts", {"contacts": list(people), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def three(site: Site) -> None:
    """Ann and Bob of Ghent, and Cyd, of whom little is known."""
    keep(
        site,
        {"number": ANN, "first_name": "Ann", "tags": ["vip"], "fields": {"city": "Ghent"}},
        {"number": BOB, "first_name": "Bob", "fields": {"city": "ghent"}},
        {"number": CYD, "last_name": "Le_e", "tags": ["vip"]},
    )


def new_list(site: Site, name: str, *members: str) -> str:
    """The id of a new list with these on it."""
    answer = site.post("/api/lists", {"name": name})
    assert answer.status_code == 201, answer.text
    list_id: str = answer.json["id"]
    if members:
        put = site.post(f"/api/lists/{list_id}/members", {"numbers": list(members)})
        assert put.json["contact_count"] == len(members)
    return list_id


def numbers_of(answer: Any) -> list[str]:
    """The numbers of a page of contacts, or of messages."""
    assert answer.status_code == 200, answer.text
    (rows,) = [answer.json[name] for name in ("contacts", "messages") if name in answer.json]
    return [row["number"] for row in rows]


def pointers(answer: Any) -> list[str]:
    """The places of the mistakes in a refused request."""
    assert answer.status_code == 422, answer.text
    return [mistake["pointer"] for mistake in answer.json["errors"]]
