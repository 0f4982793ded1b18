"""Ten minutes without a carrier, in virtual time: few knocks, nothing lost, soon back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domain.lifecycle import CampaignStatus
from app.domain.message import Attempt, ClaimedMessage, Outcome, OutcomeKind
from app.domain.retry import MAX_ATTEMPTS
from app.storage.database import Database
from tests.support.builders import order
from tests.support.desk import Desk
from tests.support.fakes import FakeGateway

MINUTES = 10
RATE = 20.0
COUNT = 60
LATEST = 6.0  # seconds after its return until the carrier is noticed


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    made = Desk(database, rate=RATE)
    yield made
    made.check_counts()


def refused(_message: ClaimedMessage) -> Outcome:
    return Outcome(
        OutcomeKind.TRY_LATER, "Vonage was not reached: Connection refused", unreachable=True
    )


def turn(desk: Desk, gateway: FakeGateway) -> float:
    """What the dispatcher does in a turn, without its threads; the seconds until the next.

    It looks more often than is simulated here, which changes nothing but the time that this takes.
    """
    claim = desk.outbox.claim(32, desk.clock())
    attempts = [
        Attempt(message, gateway.send(message), desk.clock(), desk.clock())
        for message in claim.messages
    ]
    if attempts:
        desk.outbox.record(attempts, desk.clock())
    return max(0.05, 2.0 if claim.ask_again_in is None else min(2.0, claim.ask_again_in))


def test_ten_minutes_of_outage_cost_few_attempts_and_no_message(desk: Desk) -> None:
    well = FakeGateway()
    away = FakeGateway(refused)
    state = desk.campaigns.launch(order(COUNT)).state
    turn(desk, well)
    back_at = desk.clock() + timedelta(minutes=MINUTES)
    while desk.clock() < back_at:
        desk.clock.forward(turn(desk, away))

    # A knock each five seconds, by the few that fit into the horizon of the pace.
    assert len(away.sent) <= 3 * MINUTES * 60 / 5 + 32
    assert desk.counts(state).keys() <= {"queued", "accepted"}
    again_at = None
    end = desk.clock() + timedelta(seconds=LATEST + 60 + COUNT / RATE)
    before = len(well.sent)
    while desk.clock() < end and len(well.sent) < COUNT:
        desk.clock.forward(turn(desk, well))
        if again_at is None and len(well.sent) > before:
            again_at = desk.clock()

    assert again_at is not None
    assert (again_at - back_at).total_seconds() <= LATEST
    assert len(well.sent) == len({message.to for message in well.sent}) == COUNT
    assert max(message.attempt for message in well.sent) < MAX_ATTEMPTS
    assert desk.counts(state) == {"accepted": COUNT}
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.FINISHED
