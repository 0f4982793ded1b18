"""The report of a campaign over HTTP, and lists that are searched."""

import pytest

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.integration.web.test_openapi import Truth
from tests.integration.web.test_reading import NOBODYS_ID, walk
from tests.support.builders import numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, open_site
from tests.support.webhooks import inbound, receipt


def refuses_one(message: ClaimedMessage) -> Outcome:
    if message.to == numbers(1)[0]:
        return Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")
    return accepted(message)


def test_a_report_tells_how_a_campaign_went(database_url: str) -> None:
    with open_site(database_url, FakeGateway(refuses_one)) as site:
        launched = site.campaign([*numbers(5), "nonsense"], name="Spring")
        campaign_id = launched["campaign"]["id"]
        path = f"/api/campaigns/{campaign_id}/report"
        _, *others = site.messages(launched)
        site.webhook("status", receipt(others[0], "delivered"))
        site.webhook("status", receipt(others[1], "rejected", error={"title": "1180"}))
        site.webhook("inbound", inbound("Thanks!", numbers(2)[1]))
        answer = site.get(path)

        truth = Truth(site.client.get("/openapi/openapi.json").json)
        truth.check(answer, "/api/campaigns/{campaign_id}/report")
        missing = site.get(f"/api/campaigns/{NOBODYS_ID}/report")
        truth.check(missing, "/api/campaigns/{campaign_id}/report")

    told = answer.json
    assert (told["name"], told["status"], missing.status_code) == ("Spring", "finished", 404)
    assert {name: count for name, count in told["funnel"].items() if count} == {
        "recipients": 6,
        "refused": 1,
        "messages": 5,
        "refused_by_vonage": 1,
        "sent": 4,
        "on_the_way": 2,
        "refused_by_carrier": 1,
        "delivered": 1,
    }
    assert (told["opt_outs"], told["inbound_texts"]) == (0, 1)
    assert {(each["code"], each["messages"], each["may_pass"]) for each in told["failures"]} == {
        ("1120", 1, False),
        ("1180", 1, True),
    }
    spans = told["deliveries"]["spans"]
    for name, count in (("delivered", 1), ("failed", 2), ("on_the_way", 2)):
        assert sum(each[name] for each in spans) == count, name
    assert told["cost"]["campaign_id"] == campaign_id


def test_campaigns_are_found_by_status_and_by_a_part_of_their_name(site: Site) -> None:
    for name in ("Spring sale", "SPRING 100%", "Autumn"):
        site.campaign(1, name=name)
    site.campaign(1, name="Spring later", scheduled_at=LATER)

    def found(query: str) -> list[str]:
        pages = walk(site, f"/api/campaigns?limit=1&{query}", "campaigns")
        return [each["name"] for page in pages for each in page]

    assert found("text=spring") == ["Spring later", "SPRING 100%", "Spring sale"]
    assert found("text=spring&status=finished") == ["SPRING 100%", "Spring sale"]
    assert found("text=0%25") == ["SPRING 100%"]
    assert found("text=_") == found("text=winter") == []
    assert found("status=scheduled") == ["Spring later"]


@pytest.mark.parametrize("query", ["status=sold", "text=" + "x" * 201, "colour=red"])
def test_a_search_that_makes_no_sense_is_named(site: Site, query: str) -> None:
    assert site.get(f"/api/campaigns?{query}").status_code == 422


def test_messages_are_found_by_error_code_and_by_number(database_url: str) -> None:
    with open_site(database_url, FakeGateway(refuses_one)) as site:
        path = site.campaign(4)["campaign"]["links"]["messages"]

        def found(query: str) -> list[str]:
            pages = walk(site, f"{path}?limit=1&{query}", "messages")
            return [each["number"] for page in pages for each in page]

        assert found("error_code=1120") == numbers(1)
        assert found("error_code=1120&status=accepted") == []
        assert found("number=1%20(415)%20555-0002") == [numbers(3)[2]]
        assert found("number=%2B14155559999") == []
        wrong = site.get(f"{path}?number=12")
        assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "?number")
