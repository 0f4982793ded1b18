"""Two claims for two senders count the marketing texts of one number at the same moment."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.message import Claim, MessageStatus
from app.domain.terms import Terms
from app.services.campaigns import CampaignState
from app.storage.database import Database, connect
from app.storage.message_list import StoredMessage
from tests.support.builders import order
from tests.support.desk import Desk

ANN, BOB, OTHER_SENDER = "+14155550101", "+14155550102", "+15550002222"
CAPPED = Terms(cap=1, is_marketing=True)


@pytest.fixture
def desk(emptied_postgres: Database) -> Desk:
    """On SQLite writers take turns, so there is nothing to show."""
    made = Desk(emptied_postgres)
    made.claim()  # leaves the sign of life that a claim writes every five seconds, and waits for
    return made


@pytest.fixture
def neighbour(postgres_url: str) -> Iterator[Database]:
    """What another process has open."""
    database = connect(postgres_url)
    yield database
    database.close()


def _launch(desk: Desk, *numbers: str, **changes: Any) -> CampaignState:
    return desk.campaigns.launch(order(list(numbers), terms=CAPPED, **changes)).state


def _messages(desk: Desk, state: CampaignState) -> list[StoredMessage]:
    return desk.campaigns.messages(state.campaign.id, None, None, 10)


@contextmanager
def held_before_its_commit(desk: Desk, neighbour: Database, room: int) -> Iterator[Future[Claim]]:
    """A claim of another process that has counted and taken, while this one goes on."""
    reached, go_on = Event(), Event()

    def wait(_connection: Any) -> None:
        reached.set()
        assert go_on.wait(20)

    event.listen(neighbour.engine, "commit", wait)
    outbox = desk.outbox_of(neighbour, 1000)
    with ThreadPoolExecutor(1) as pool:
        claim = pool.submit(outbox.claim, room, desk.clock())
        assert reached.wait(20)
        try:
            yield claim
        finally:
            go_on.set()


def test_two_senders_do_not_pass_the_cap_at_the_same_moment(
    desk: Desk, neighbour: Database
) -> None:
    first = _launch(desk, ANN, BOB)
    with held_before_its_commit(desk, neighbour, room=1) as theirs:
        # The claim for one sender knows nothing of the other: that campaign stands still now.
        desk.campaigns.pause(first.campaign.id, "me")
        second = _launch(desk, ANN, "+14155550103", sender=OTHER_SENDER)
        ours = desk.outbox.claim(2, desk.clock())

        assert [message.to for message in ours.messages] == ["+14155550103"]
        assert ours.ask_again_in is not None
    assert [message.to for message in theirs.result(20).messages] == [ANN]

    assert desk.claim() == (), "now the text of the other sender counts"
    status, reason = _messages(desk, second)[0].status, _messages(desk, second)[0].reason
    assert (status, reason) == (
        MessageStatus.SKIPPED,
        "frequency cap: 1 marketing text in 24 h",
    )
    desk.check_counts()


def test_what_has_no_cap_is_taken_all_the_same(desk: Desk, neighbour: Database) -> None:
    first = _launch(desk, ANN, BOB)
    with held_before_its_commit(desk, neighbour, room=1):
        desk.campaigns.pause(first.campaign.id, "me")
        desk.campaigns.launch(order([ANN], sender=OTHER_SENDER))

        assert [message.to for message in desk.claim()] == [ANN]
