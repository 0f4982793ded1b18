"""The same campaign again within ten minutes is taken for a slip."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import DuplicateCampaign
from tests.support.builders import numbers, order
from tests.support.desk import Desk
from tests.support.site import LATER, Site

SEND = "/api/campaigns/send"
HELLO: dict[str, Any] = {"recipients": numbers(3), "message": "Hello", "scheduled_at": LATER}


def test_the_same_again_is_refused_and_names_the_first(site: Site) -> None:
    first = site.post(SEND, HELLO).json["campaign"]

    answer = site.post(SEND, HELLO)

    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == "urn:carillon:problem:duplicate-campaign"
    assert answer.json["campaign_id"] == first["id"]
    assert answer.json["link"] == first["links"]["self"]
    assert '"allow_duplicate": true' in answer.json["detail"]
    assert len(site.get("/api/campaigns").json["campaigns"]) == 1


def test_spelling_order_name_and_time_do_not_make_it_another(site: Site) -> None:
    site.post(SEND, HELLO)
    again = ["x", *reversed(numbers(3)), numbers(1)[0].replace("+1", "001 ")]

    answer = site.post(
        SEND,
        {"recipients": again, "message": "Hello", "name": "Other", "scheduled_at": LATER},
    )

    assert answer.status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "Hello!"},
        {"recipients": numbers(4)},
        {"from": "Bells"},
        {"allow_duplicate": True},
        {"recipients": ["x"]},
    ],
)
def test_whatever_differs_or_is_meant_is_sent(site: Site, changes: dict[str, Any]) -> None:
    site.post(SEND, HELLO)

    assert site.post(SEND, HELLO | changes).status_code == 202


def test_with_keys_of_their_own_both_are_meant(site: Site) -> None:
    for key in ("one", "two"):
        assert site.post(SEND, HELLO, Idempotency_Key=key).status_code == 202


def test_what_was_cancelled_does_not_count(site: Site) -> None:
    first = site.post(SEND, HELLO).json["campaign"]
    site.post(f"{first['links']['self']}/cancel")

    assert site.post(SEND, HELLO).status_code == 202


def test_drafts_are_no_duplicates_before_they_are_launched(site: Site) -> None:
    one, other = (site.post("/api/campaigns", HELLO).json["links"]["self"] for _ in range(2))
    assert site.post(f"{one}/schedule").status_code == 200

    assert site.post(f"{other}/schedule").status_code == 409
    assert site.post(f"{other}/launch").status_code == 409
    assert site.get(other).json["status"] == "draft"
    assert sum(site.get(other).json["messages"].values()) == 0
    assert site.post(f"{other}/schedule", {"allow_duplicate": True}).status_code == 200


def test_a_draft_that_is_meant_says_so_once(site: Site) -> None:
    site.post(SEND, HELLO)
    draft = site.post("/api/campaigns", HELLO | {"allow_duplicate": True}).json

    assert site.post(f"{draft['links']['self']}/schedule").status_code == 200


def test_a_change_must_not_make_it_the_same_as_another(site: Site) -> None:
    first = site.post(SEND, HELLO).json["campaign"]
    other = site.post(SEND, HELLO | {"message": "Other"}).json["campaign"]

    def change(message: str) -> Any:
        return site.client.patch(
            other["links"]["self"], headers=site.key, json={"message": message}
        )

    refused = change("Hello")
    assert (refused.status_code, refused.json["campaign_id"]) == (409, first["id"])
    assert site.get(other["links"]["self"]).json["message"] == "Other"
    assert change("Third").status_code == 200
    assert change("Third").status_code == 200  # it is not a duplicate of itself


def test_after_ten_minutes_it_may_be_sent_again(desk: Desk) -> None:
    again = order(3, allow_duplicate=False)
    desk.campaigns.launch(again)
    desk.clock.forward(timedelta(minutes=10).total_seconds() - 1)
    with pytest.raises(DuplicateCampaign):
        desk.campaigns.launch(again)

    desk.clock.forward(1)
    desk.campaigns.launch(again)


def test_of_two_at_once_one_is_sent(site: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: site.app.test_client().post(SEND, headers=site.key, json=HELLO), range(8)
            )
        )

    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
    assert len(site.get("/api/campaigns").json["campaigns"]) == 1
