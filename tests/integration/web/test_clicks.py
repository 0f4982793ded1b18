"""Links become short ones, each recipient's own; who follows them is counted, and let through."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.segments import count_segments
from tests.support.builders import numbers
from tests.support.site import LATER, Answer, Site, open_site

BASE = "https://go.test/l"
SHORT = re.compile(rf"{BASE}/([0-9A-Za-z]{{11}})")
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1"
SHOP = "https://shop.test/sale?x=1&y=\u00fc"
MESSAGE = f"Look: {SHOP}, or http://map.test. Again: {SHOP}"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url, LINK_URL=BASE, MAX_RECIPIENTS="50") as opened:
        yield opened


def tracked(site: Site, recipients: list[Any] | int = 2, **body: Any) -> dict[str, Any]:
    return site.campaign(recipients, **{"message": MESSAGE, "track_links": True, **body})


def slugs_of(site: Site, campaign: dict[str, Any]) -> list[list[str]]:
    """The short links in the text of each recipient."""
    return [SHORT.findall(each["text"]) for each in site.messages(campaign)]


def sent_long_ago(site: Site) -> None:
    with site.house.database.writing() as session:
        earlier = datetime.now(UTC) - timedelta(minutes=5)
        session.execute(text("UPDATE messages SET sent_at = :at"), {"at": earlier})


def click(site: Site, slug: str, method: str = "GET", agent: str = IPHONE) -> Answer:
    headers = {"User-Agent": agent}
    # Closed at once: a click is counted when its answer is out.
    with site.client.open(f"/l/{slug}", method=method, headers=headers) as answer:
        return answer


def links_of(site: Site, campaign: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = site.get(f"/api/campaigns/{campaign['campaign']['id']}/links", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["links"]
    return found


def test_every_recipient_gets_links_of_its_own(site: Site) -> None:
    campaign = tracked(site)

    first, second = slugs_of(site, campaign)

    assert len(first) == 3
    assert first[0] == first[2] != first[1]
    assert not set(first) & set(second)
    (message, other) = site.messages(campaign)
    for each in (message, other):
        assert each["segments"] == count_segments(each["text"]).segments
    assert SHORT.sub("*", message["text"]) == "Look: *, or *. Again: *"
    assert sorted(each.text for each in site.gateway.sent) == sorted(
        each["text"] for each in site.messages(campaign)
    )
    assert len(site.rows("links")) == 4


def test_links_stay_as_they_are_where_nothing_is_to_be_counted(site: Site) -> None:
    campaign = tracked(site, track_links=False)

    assert {each["text"] for each in site.messages(campaign)} == {MESSAGE}
    assert links_of(site, campaign) == site.rows("links") == []


def test_personal_links_are_short_as_well(site: Site) -> None:
    people = [{"to": number, "id": place} for place, number in enumerate(numbers(2))]
    campaign = tracked(site, people, message="https://shop.test/{{ id }}")

    (first,), (second,) = slugs_of(site, campaign)

    assert click(site, first).headers["Location"] == "https://shop.test/0"
    assert click(site, second).headers["Location"] == "https://shop.test/1"


def test_segments_are_counted_with_the_short_link(site: Site) -> None:
    long = "https://shop.test/" + "x" * 300

    campaign = tracked(site, message=f"Look: {long}", scheduled_at=LATER)

    assert {each["segments"] for each in site.messages(campaign)} == {1}


def test_the_links_of_what_a_sender_adds_are_left_alone(site: Site) -> None:
    texts = {"opt_out_line": "Unsubscribe: https://bells.test/u", "add_opt_out_line": True}
    site.client.put("/api/senders/Bells/texts", headers=site.key, json=texts)

    campaign = tracked(site, 1, message="http://map.test", **{"from": "Bells"})

    (message,) = site.messages(campaign)
    assert SHORT.sub("*", message["text"]) == "*\nUnsubscribe: https://bells.test/u"


def test_a_link_leads_where_the_text_led(site: Site) -> None:
    (shop, there, _), _ = slugs_of(site, tracked(site))

    answer = click(site, shop)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://shop.test/sale?x=1&y=%C3%BC"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert click(site, there).headers["Location"] == "http://map.test"


@pytest.mark.parametrize(
    "slug", ["A" * 11, "a", "%2e%2e", "https:evil.test", "evil.test", "A" * 200]
)
def test_a_link_that_is_not_known_leads_nowhere(quick_site: Site, slug: str) -> None:
    tracked(quick_site)

    answer = click(quick_site, slug)

    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert "This link leads nowhere" in answer.text
    assert quick_site.rows("clicks") == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.test", "data:text/html,x"])
def test_even_a_stored_address_must_be_a_page(quick_site: Site, url: str) -> None:
    ((slug, *_), _) = slugs_of(quick_site, tracked(quick_site))
    with quick_site.house.database.writing() as session:
        session.execute(text("UPDATE links SET url = :url"), {"url": url})

    assert click(quick_site, slug).status_code == 404


def test_clicks_are_counted_and_bots_told_apart(site: Site) -> None:
    campaign = tracked(site, 3)
    (ada, *_), (bea, *_), _ = slugs_of(site, campaign)
    click(site, ada)  # so soon after sending it is no person
    sent_long_ago(site)
    for slug in (ada, ada, bea):
        click(site, slug)
    click(site, ada, method="HEAD")
    click(site, ada, agent="WhatsApp/2.23.20.0 A")

    shop, there = sorted(links_of(site, campaign), key=lambda each: -each["human_clicks"])

    assert shop == {
        "url": SHOP,
        "recipients": 3,
        "human_clicks": 3,
        "bot_clicks": 3,
        "unique_recipients": 2,
    }
    assert there == {
        "url": "http://map.test",
        "recipients": 3,
        "human_clicks": 0,
        "bot_clicks": 0,
        "unique_recipients": 0,
    }
    assert len(links_of(site, campaign, limit=1)) == 1


def test_neither_address_nor_browser_is_kept(site: Site) -> None:
    ((slug, *_), _) = slugs_of(site, tracked(site))
    click(site, slug)

    (row,) = site.rows("clicks")

    assert row.keys() == {"id", "slug", "at", "is_bot", "reason", "device"}
    assert row["device"] == "phone"


def test_a_redirect_never_fails_for_its_count(site: Site) -> None:
    ((slug, *_), _) = slugs_of(site, tracked(site))
    with site.house.database.writing() as session:
        session.execute(text("ALTER TABLE clicks RENAME TO away"))

    answer = click(site, slug)

    with site.house.database.writing() as session:
        session.execute(text("ALTER TABLE away RENAME TO clicks"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://shop.test/")


def test_a_click_is_in_the_timeline_of_the_number(site: Site) -> None:
    ((slug, *_), _) = slugs_of(site, tracked(site))
    sent_long_ago(site)
    click(site, slug)
    click(site, slug, agent="Slackbot-LinkExpanding 1.0")

    entries = site.get(f"/api/numbers/{numbers(1)[0]}/timeline").json["entries"]

    told = [(each["source"], each["sentence"]) for each in entries if each["what"] == "clicked"]
    assert told == [
        ("recipient", f"followed the link \u201c{SHOP}\u201d (phone)"),
        ("carrier", f"a program followed the link \u201c{SHOP}\u201d: it draws previews"),
    ]


def test_a_campaign_that_is_planned_anew_gets_new_links(site: Site) -> None:
    campaign = tracked(site, scheduled_at=LATER)
    ((old, *_), _) = slugs_of(site, campaign)
    click(site, old)
    path = campaign["campaign"]["links"]["self"]

    changed = site.client.patch(path, headers=site.key, json={"message": "Now http://b.test"})

    assert changed.json["track_links"] is True
    assert {row["url"] for row in site.rows("links")} == {"http://b.test"}
    assert click(site, old).status_code == 404
    site.client.patch(path, headers=site.key, json={"track_links": False})
    assert {each["text"] for each in site.messages(campaign)} == {"Now http://b.test"}
    assert site.rows("links") == []


def test_a_draft_has_no_links_before_it_is_launched(site: Site) -> None:
    body = {"recipients": numbers(1), "message": MESSAGE, "track_links": True}
    draft = site.post("/api/campaigns", body).json
    assert site.rows("links") == []

    launched = site.post(f"/api/campaigns/{draft['id']}/launch").json

    assert len(slugs_of(site, {"campaign": launched})[0]) == 3


def test_without_an_address_for_them_there_are_no_short_links(database_url: str) -> None:
    with open_site(database_url) as site:
        body = {"recipients": numbers(1), "message": MESSAGE, "track_links": True}
        answer = site.post("/api/campaigns/send", body)

        assert answer.status_code == 422
        (mistake,) = answer.json["errors"]
        assert mistake["pointer"] == "/track_links"
        assert "LINK_URL" in mistake["detail"]


def test_the_links_of_no_campaign_are_not_found(site: Site) -> None:
    for campaign_id in ("01a20284-46ec-7085-90b1-3294384bf7a9", "none"):
        assert site.get(f"/api/campaigns/{campaign_id}/links").status_code == 404
