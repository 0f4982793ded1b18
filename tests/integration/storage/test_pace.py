"""The pace where it is kept: slots that claims give out, to processes that wait for each other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event

import pytest

from app.domain.message import Attempt
from app.domain.throughput import HEADROOM
from app.services.campaigns import Campaigns
from app.services.clock import Clock
from app.storage import senders
from app.storage.database import Database
from app.storage.outbox import SqlOutbox
from tests.support.builders import SENDER, order
from tests.support.fakes import StillRunner
from tests.support.outcomes import taken

RATE = 200.0
PROCESSES = 4
LOOKED_APART = 0.1  # seconds: a claim looks at its two clocks one after the other


def claim(database: Database, room: int, ahead: float = 0.0) -> list[float]:
    """Slots of one claim by a process of its own, whose clock is so many seconds ahead."""
    outbox = SqlOutbox(database, RATE, timedelta(seconds=60), Clock().entropy)
    now = datetime.now(UTC) + timedelta(seconds=ahead)
    return [message.not_before for message in outbox.claim(room, now).messages]


def launch(database: Database, recipients: int) -> None:
    Campaigns(database, StillRunner(), Clock(), default_rate=RATE).launch(order(recipients))


def test_no_slot_is_over_when_claims_waited_for_somebody_who_was_cut_off(
    database: Database,
) -> None:
    launch(database, 200)
    begun, may_end = Event(), Event()

    def hang() -> float:
        """Hold the pace of all senders, as a process in the midst of a claim does."""
        with database.writing() as session:
            senders.hold(session, SENDER, RATE, time.time())
            begun.set()
            may_end.wait(10)
            return time.time()

    with ThreadPoolExecutor(PROCESSES + 1) as threads:
        hanging = threads.submit(hang)
        begun.wait(10)
        waiting = [threads.submit(claim, database, 16) for _ in range(PROCESSES)]
        time.sleep(0.5)
        may_end.set()
        let_go = hanging.result()
        slots = sorted(slot for each in waiting for slot in each.result())

    assert len(slots) > PROCESSES
    assert slots[0] > let_go - LOOKED_APART
    assert_spaced(slots)


def test_who_records_what_went_well_waits_for_no_claim(emptied_postgres: Database) -> None:
    launch(emptied_postgres, 3)
    outbox = SqlOutbox(emptied_postgres, RATE, timedelta(seconds=60), Clock().entropy)
    now = datetime.now(UTC)
    attempts = [Attempt(each, taken(each), now, now) for each in outbox.claim(3, now).messages]

    with emptied_postgres.writing() as session, ThreadPoolExecutor(1) as thread:
        senders.hold(session, SENDER, RATE, time.time())
        thread.submit(outbox.record, attempts, now).result(10)


@pytest.mark.parametrize("ahead", [0.0, 0.2])
def test_slots_are_evenly_spaced_whoever_takes_them_and_whatever_their_clocks_say(
    database: Database, ahead: float
) -> None:
    launch(database, 600)
    end = time.monotonic() + 1.5

    def work(place: int) -> list[float]:
        slots: list[float] = []
        while time.monotonic() < end:
            slots += claim(database, 8, ahead * place)
            time.sleep(0.02)
        return slots

    with ThreadPoolExecutor(PROCESSES) as threads:
        slots = sorted(slot for each in threads.map(work, range(PROCESSES)) for slot in each)

    assert len(slots) > RATE / 2
    assert_spaced(slots)


def assert_spaced(slots: list[float]) -> None:
    """So no window of a second holds more than the rate."""
    closest = min(after - before for before, after in pairwise(slots))
    assert closest >= (1 + HEADROOM) / RATE - 1e-6  # seconds since the epoch, as a double
