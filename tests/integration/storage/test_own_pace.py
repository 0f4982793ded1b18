"""Campaigns with a pace of their own: kept over all outboxes, and nobody else is slowed by it."""

from collections import Counter, defaultdict
from itertools import cycle, pairwise

import pytest
from sqlalchemy import event

from app.domain.campaign import OrderChanges
from app.domain.message import ClaimedMessage
from app.domain.throughput import HEADROOM, HORIZON
from app.storage.database import Database
from app.storage.outbox import SqlOutbox
from tests.support.builders import numbers, order
from tests.support.desk import Desk

RATE = 100.0  # of the sender
STEP = 0.01  # seconds between two claims


@pytest.fixture
def paced(database: Database) -> Desk:
    return Desk(database, RATE)


def launched(desk: Desk, recipients: list[str], max_rate: float | None = None) -> str:
    return desk.campaigns.launch(order(recipients, max_rate=max_rate)).state.campaign.id


def taken_in(desk: Desk, seconds: float, *outboxes: SqlOutbox) -> list[ClaimedMessage]:
    """What the outboxes claim in turns while so much time passes."""
    taken: list[ClaimedMessage] = []
    for _, outbox in zip(range(round(seconds / STEP)), cycle(outboxes), strict=False):
        taken += outbox.claim(100, desk.clock()).messages
        desk.clock.forward(STEP)
    return taken


def slots(messages: list[ClaimedMessage]) -> list[float]:
    return sorted(message.not_before for message in messages)


def closest(times: list[float]) -> float:
    return min(late - early for early, late in pairwise(times))


def test_two_outboxes_keep_one_pace(paced: Desk) -> None:
    launched(paced, numbers(60), max_rate=20.0)

    taken = slots(taken_in(paced, 2.0, paced.outbox, paced.outbox_of(paced.database, RATE)))

    assert closest(taken) >= (1 + HEADROOM) / 20 - 1e-6
    assert 38 <= len(taken) <= 41  # as fast as it may be, and no faster


def test_others_of_the_same_sender_are_not_slowed(paced: Desk) -> None:
    slow = launched(paced, numbers(40), max_rate=4.0)
    fast = launched(paced, numbers(300, first=100))

    taken = taken_in(paced, 2.0, paced.outbox, paced.outbox_of(paced.database, RATE))

    by_campaign = Counter(message.campaign_id for message in taken)
    assert 7 <= by_campaign[slow] <= 9
    assert by_campaign[fast] >= 2.0 * RATE / (1 + HEADROOM) - by_campaign[slow] - 2
    assert closest(slots(taken)) >= (1 + HEADROOM) / RATE - 1e-6
    own = [message for message in taken if message.campaign_id == slow]
    assert closest(slots(own)) >= (1 + HEADROOM) / 4 - 1e-6


def test_a_claim_says_when_the_slow_one_has_more(paced: Desk) -> None:
    launched(paced, numbers(3), max_rate=0.5)

    first = paced.outbox.claim(10, paced.clock())
    assert len(first.messages) == 1
    assert first.ask_again_in == pytest.approx(2 * (1 + HEADROOM) - HORIZON / 2)
    paced.clock.forward(1)
    early = paced.outbox.claim(10, paced.clock())
    assert early.messages == ()
    assert first.ask_again_in is not None
    assert early.ask_again_in == pytest.approx(first.ask_again_in - 1)
    assert early.ask_again_in is not None
    paced.clock.forward(early.ask_again_in)
    assert len(paced.outbox.claim(10, paced.clock()).messages) == 1


def test_one_that_waits_for_nothing_but_its_pace_ends_as_any_other(paced: Desk) -> None:
    campaign = launched(paced, numbers(2), max_rate=5.0)

    assert len(paced.send_all()) == 2
    assert paced.campaigns.find(campaign).campaign.status == "finished"
    assert paced.outbox.claim(10, paced.clock()).ask_again_in is None


def test_a_paused_one_may_be_given_another_pace(paced: Desk) -> None:
    campaign = launched(paced, numbers(300), max_rate=0.01)
    assert len(taken_in(paced, 0.5, paced.outbox)) == 1
    paced.campaigns.pause(campaign, "ann")
    paced.orders.change(campaign, "ann", OrderChanges({"max_rate": 50.0}))
    paced.campaigns.resume(campaign, "ann")

    assert 48 <= len(taken_in(paced, 1.0, paced.outbox)) <= 51


def test_nothing_is_asked_for_campaigns_without_a_pace(paced: Desk) -> None:
    heard: defaultdict[bool, list[str]] = defaultdict(list)
    event.listen(
        paced.database.engine,
        "before_cursor_execute",
        lambda *told: heard["campaign_paces" in told[2]].append(told[2]),
    )
    launched(paced, numbers(10))
    assert len(paced.send_all()) == 10
    assert heard[False]
    assert heard[True] == []

    launched(paced, numbers(1, first=20), max_rate=5.0)
    paced.send_all()
    assert [statement.split()[0] for statement in heard[True]] == ["SELECT", "INSERT"]
