"""Clicks are counted whenever the database has time for them, and none twice."""

import re
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.services.campaigns import Campaigns
from app.services.clock import Clock
from app.services.links import Links
from app.storage import message_list
from app.storage.database import Database, connect
from app.storage.message_list import ALL
from app.storage.text_tables import Link
from tests.support.builders import order
from tests.support.fakes import SettableClock, StillRunner

BASE = "https://go.test/l"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone) Mobile Safari"}


def a_campaign(database: Database) -> tuple[str, list[str]]:
    """The id of a campaign with a link, and the names of its short links."""
    campaigns = Campaigns(database, StillRunner(), Clock(SettableClock()), BASE, default_rate=30.0)
    sent = order(3, "See https://shop.test", track_links=True)
    campaign_id = campaigns.launch(sent).state.campaign.id
    with database.reading() as session:
        texts = [each.text for each in message_list.page(session, campaign_id, ALL, None, 10)]
    return campaign_id, [re.sub(r".*/", "", text) for text in texts]


def test_each_of_very_many_links_has_its_name(database: Database) -> None:
    """More than are made before the first are written."""
    campaigns = Campaigns(database, StillRunner(), Clock(SettableClock()), BASE, default_rate=30.0)
    text = "See " + " ".join(f"https://shop.test/{place}" for place in range(5))
    campaign_id = campaigns.launch(order(1_100, text, track_links=True)).state.campaign.id

    counts = Links(database, Clock()).of_campaign(campaign_id, 10)
    assert [each.recipients for each in counts] == [1_100] * 5
    with database.reading() as session:
        stored = set(session.scalars(select(Link.slug)))
        sent = message_list.page(session, campaign_id, ALL, None, 1_100)
    assert {slug for each in sent for slug in re.findall(rf"{BASE}/(\S+)", each.text)} == stored


def counted(database: Database, campaign_id: str) -> int:
    (link,) = Links(database, Clock()).of_campaign(campaign_id, 10)
    return link.human_clicks + link.bot_clicks


def test_clicks_wait_while_the_database_is_away(database: Database) -> None:
    campaign_id, (first, second, _) = a_campaign(database)
    links = Links(database, Clock(SettableClock()))
    target = links.follow(first)
    away = connect(NOWHERE)
    links._database = away
    for slug in (first, second):
        links.count(slug, target, "GET", PHONE)
    assert counted(database, campaign_id) == 0

    links._database = database
    links.count(first, target, "GET", PHONE)

    assert counted(database, campaign_id) == 3
    away.close()


def test_clicks_at_once_are_all_counted(database: Database) -> None:
    campaign_id, slugs = a_campaign(database)
    links = Links(database, Clock(SettableClock()))
    target = links.follow(slugs[0])

    with ThreadPoolExecutor(8) as pool:
        for place in range(40):
            pool.submit(links.count, slugs[place % 3], target, "GET", PHONE)

    assert counted(database, campaign_id) == 40


def test_a_click_on_a_link_that_is_gone_is_let_go(database: Database) -> None:
    campaign_id, (first, *_) = a_campaign(database)
    links = Links(database, Clock(SettableClock()))
    target = links.follow(first)

    links.count("A" * 11, target, "GET", PHONE)
    links.count(first, target, "GET", PHONE)

    assert counted(database, campaign_id) == 1
