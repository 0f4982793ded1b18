"""Campaigns to contacts on lists and of audiences."""

from typing import Any

import pytest

from tests.support.people import ANN, BOB, CYD, keep, new_list, numbers_of, pointers, three
from tests.support.site import LATER, Site
from tests.support.webhooks import inbound

CAMPAIGNS = "/api/campaigns"
VIP = {"tag": "vip"}


def order(**changes: Any) -> dict[str, Any]:
    return {"message": "Hello", "allow_duplicate": True, "scheduled_at": LATER, **changes}


def messages(site: Site, path: str) -> list[str]:
    return numbers_of(site.get(f"{path}/messages"))


def draft(site: Site, **whom: Any) -> str:
    """The address of a new draft."""
    answer = site.post(CAMPAIGNS, order(**whom))
    assert answer.status_code == 201, answer.text
    path: str = answer.headers["Location"]
    return path


def patch(site: Site, path: str, body: Any) -> Any:
    return site.client.patch(path, headers=site.key, json=body)


@pytest.fixture
def people(site: Site) -> Site:
    """Three contacts, two of them on a list, two of them in an audience."""
    three(site)
    new_list(site, "Guests", BOB, CYD)
    site.post("/api/audiences", {"name": "Good", "rule": VIP})
    return site


def test_texts_are_filled_in_from_contacts_who_stay_as_they_are(people: Site) -> None:
    before = people.rows("contacts")
    answer = people.post(
        f"{CAMPAIGNS}/send", order(lists=["Guests"], message="Hi {{ first_name }}")
    )
    path = answer.headers["Location"]
    texts = [each["text"] for each in people.get(f"{path}/messages").json["messages"]]
    assert texts == ["Hi Bob"]
    (refusal,) = people.get(f"{path}/refusals").json["refusals"]
    assert (refusal["value"], "first_name" in refusal["reason"]) == (CYD, True)
    assert people.rows("contacts") == before


def test_whoever_opted_out_is_skipped(people: Site) -> None:
    people.webhook("inbound", inbound("STOP", BOB))
    answer = people.post(f"{CAMPAIGNS}/send", order(lists=["Guests"]))
    campaign = people.get(answer.headers["Location"]).json
    assert (campaign["recipient_count"], campaign["results"]["opted_out_count"]) == (2, 1)


def test_a_scheduled_campaign_keeps_whom_it_was_planned_for(people: Site) -> None:
    path = people.post(f"{CAMPAIGNS}/send", order(audience="Good")).headers["Location"]
    keep(people, {"number": BOB, "tags": ["vip"]})
    assert messages(people, path) == [ANN, CYD]
    assert patch(people, path, {"audience": "Good"}).status_code == 200
    assert messages(people, path) == [ANN, BOB, CYD]


@pytest.mark.parametrize(
    ("whom", "places"),
    [
        ({"lists": ["Guests", "Nobody's"]}, ["/lists/1"]),
        ({"audience": "Bad"}, ["/audience"]),
        ({"lists": ["Nobody's"], "audience": "Bad"}, ["/lists/0", "/audience"]),
        ({"audience": {"list": "Nobody's"}}, ["/audience"]),
        (
            {"audience": {"and": [{"tag": ""}, {"x": 1}]}},
            ["/audience/and/0/tag", "/audience/and/1"],
        ),
        ({"audience": {"tag": "nobody"}}, ["/audience"]),
        ({"recipients": [ANN], "lists": ["Guests"]}, ["/recipients"]),
        ({"lists": []}, ["/lists"]),
        ({}, ["/recipients"]),
        ({"lists": None, "audience": None}, ["/recipients"]),
    ],
)
def test_what_names_nobody_is_one_clear_mistake(
    people: Site, whom: dict[str, Any], places: list[str]
) -> None:
    assert pointers(people.post(f"{CAMPAIGNS}/send", order(**whom))) == places
    assert people.get(CAMPAIGNS).json["campaigns"] == []


def test_a_change_to_nobody_is_refused(people: Site) -> None:
    path = draft(people, lists=["Guests"], audience="Good")
    assert pointers(patch(people, path, {"audience": None})) == ["/audience"]
    assert pointers(patch(people, path, {"lists": ["Nobody's"]})) == ["/lists/0"]
    assert people.get(path).json["recipient_count"] == 1
