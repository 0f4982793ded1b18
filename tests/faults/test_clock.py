"""The clock jumps, and clients that are in doubt ask twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.domain.lifecycle import CampaignStatus
from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.policy import Policy
from app.storage.database import Database
from tests.support.builders import numbers, order
from tests.support.desk import Desk
from tests.support.fakes import FakeGateway
from tests.support.site import Site, open_site

JUMP = timedelta(hours=6).total_seconds()


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    made = Desk(database)
    yield made
    made.check_counts()


def throttled(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.TRY_LATER, "HTTP 429", throttled=True, retry_after=1.0)


def test_six_hours_forwards_pause_and_resume_goes_on(desk: Desk) -> None:
    state = desk.campaigns.launch(order(20)).state
    desk.record(desk.claim(room=5))
    desk.clock.forward(JUMP)

    assert desk.claim() == ()
    found = desk.campaigns.find(state.campaign.id).campaign
    assert (found.status, found.status_by) == (CampaignStatus.PAUSED, "late start")

    desk.campaigns.resume(state.campaign.id, "a person")
    assert len(desk.send_all()) == 15
    assert desk.counts(state) == {"accepted": 20}


def test_six_hours_backwards_lose_nothing_and_do_not_stall(desk: Desk) -> None:
    policy = Policy(canary=10, canary_from=20)
    state = desk.campaigns.launch(order(30, policy=policy)).state
    desk.record(desk.claim(room=5))
    desk.record(desk.claim(room=3), throttled)
    desk.clock.forward(1)
    crashed = desk.claim(room=2)
    desk.clock.forward(1)
    desk.record(desk.claim(room=2))
    desk.record(desk.claim(room=1), throttled)
    assert desk.claim() == ()  # the canary is out, and waited for
    desk.clock.forward(-JUMP)

    sent: list[ClaimedMessage] = []
    for _ in range(140):  # the longest lease that is believed is over by then
        taken = desk.claim()
        desk.record(taken)
        desk.outbox.sweep(desk.clock())
        sent += taken
        desk.clock.forward(5)

    assert desk.counts(state) == {"accepted": 30 - len(crashed), "in_doubt": len(crashed)}
    assert len(crashed) == 2
    assert not {message.to for message in sent} & {message.to for message in crashed}
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.FINISHED


def test_the_pace_of_before_the_jump_does_not_last(desk: Desk) -> None:
    desk.campaigns.launch(order(1_000))
    for _ in range(10):
        desk.clock.forward(2)
        desk.record(desk.claim(room=1), throttled)  # down to 50 a second
    desk.clock.forward(-JUMP)

    sent = 0
    for _ in range(70):  # seconds; a claim takes the slots of 50 ms: 3 where the pace stays so
        taken = desk.claim()
        desk.record(taken)
        sent += len(taken)
        desk.clock.forward(1)
    assert sent == 1_000


def launch(site: Site, key: str) -> TestResponse:
    body = {"recipients": numbers(3), "message": "Hello"}
    answer: TestResponse = site.post("/api/campaigns/send", body, Idempotency_Key=key)
    return answer


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url, FakeGateway()) as opened:
        yield opened


def test_a_client_that_asks_again_after_a_time_out_launches_once(site: Site) -> None:
    first, second = launch(site, "asked-twice"), launch(site, "asked-twice")

    assert first.json is not None
    assert second.json is not None
    assert first.json["campaign"]["id"] == second.json["campaign"]["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(site.rows("campaigns")) == 1


def test_two_clients_with_one_key_at_once_launch_once(site: Site) -> None:
    def ask(_place: int) -> TestResponse:
        # A client of werkzeug's is not to be shared between threads.
        return launch(Site(site.app, site.house, site.gateway), "at-once")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))

    assert {answer.status_code for answer in answers} <= {202, 409, 503}
    assert any(answer.status_code == 202 for answer in answers)
    assert len(site.rows("campaigns")) == 1
