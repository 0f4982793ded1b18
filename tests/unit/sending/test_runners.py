"""One dispatcher on one thread, for as long as the process lives; and all threads in one hand."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.message import ClaimedMessage, Outcome
from app.sending.chores import Chore
from app.sending.dispatcher import Dispatcher
from app.sending.loops import Loop
from app.sending.runners import Crew, ThreadRunner
from tests.support.fakes import FakeGateway, accepted
from tests.support.outbox import FakeOutbox, waiting
from tests.support.site import eventually


class Bench:
    """A loop, and how often it made a dispatcher."""

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.gateway = FakeGateway()
        self.made: list[Dispatcher] = []
        self.runner = Loop("dispatcher", self._make)

    def _make(self) -> Dispatcher:
        self.made.append(Dispatcher(self.outbox, self.gateway, at_once=2))
        return self.made[-1]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.runner.stop(timeout=10)
    assert not made.runner.alive()


def dispatcher_threads() -> int:
    return sum(thread.name == "dispatcher" for thread in threading.enumerate())


def test_it_begins_when_started_and_not_before(bench: Bench) -> None:
    assert not bench.runner.alive()
    assert bench.made == []

    bench.runner.start()

    assert bench.runner.alive()


def test_started_by_many_it_runs_once(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: bench.runner.start(), range(40)))
        list(pool.map(lambda _: bench.runner.wake(), range(40)))

    assert len(bench.made) == 1
    assert dispatcher_threads() == 1


def test_a_wake_starts_it(bench: Bench) -> None:
    bench.outbox.waiting.extend(waiting(3))

    bench.runner.wake()

    eventually(lambda: bench.outbox.is_done)
    assert bench.runner.alive()


def test_stop_ends_its_thread(bench: Bench) -> None:
    bench.runner.start()

    bench.runner.stop(timeout=10)

    assert not bench.runner.alive()
    assert dispatcher_threads() == 0


def test_stop_without_start_is_nothing(bench: Bench) -> None:
    bench.runner.stop(timeout=0)

    assert not bench.runner.alive()


@pytest.mark.parametrize("ran", [True, False])
def test_after_a_stop_nobody_wakes_it_again(bench: Bench, ran: bool) -> None:  # noqa: FBT001 (a column of the table)
    if ran:
        bench.runner.start()
    bench.runner.stop(timeout=10)
    made = len(bench.made)

    bench.runner.wake()
    bench.runner.start()

    assert not bench.runner.alive()
    assert len(bench.made) == made


def in_the_middle_of_a_send(bench: Bench) -> threading.Event:
    """Start the runner, and hold its only message at the gateway until the event is set."""
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        assert gate.wait(10)
        return accepted(message)

    bench.gateway.answer = waits
    bench.outbox.waiting.extend(waiting(1))
    bench.runner.start()
    eventually(lambda: bool(bench.gateway.sent))
    return gate


def test_a_stop_without_time_does_not_wait(bench: Bench) -> None:
    gate = in_the_middle_of_a_send(bench)

    bench.runner.stop(timeout=0)
    still_there = bench.runner.alive()
    gate.set()

    assert still_there
    bench.runner.stop(timeout=10)
    assert len(bench.outbox.recorded) == 1


def test_stop_waits_no_longer_than_it_may(bench: Bench) -> None:
    gate = in_the_middle_of_a_send(bench)

    bench.runner.stop(timeout=0.01)
    still_there = bench.runner.alive()
    gate.set()

    assert still_there
    eventually(lambda: not bench.runner.alive())
    assert len(bench.outbox.recorded) == 1


def test_it_survives_a_dispatcher_that_fails(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.outbox.failures["claim"].append(RuntimeError("unheard of"))
    bench.outbox.waiting.extend(waiting(2))

    bench.runner.start()

    eventually(lambda: bench.outbox.is_done)
    assert len(bench.made) == 1
    assert "dispatcher_failed" in caplog.messages


def test_after_a_fork_the_child_starts_its_own(bench: Bench) -> None:
    bench.runner.start()
    (parents,) = bench.made
    bench.runner._process = -1  # as a child finds it: a thread that is not in its process

    assert not bench.runner.alive()
    bench.runner.wake()

    assert bench.runner.alive()
    assert len(bench.made) == 2
    parents.stop()
    eventually(lambda: dispatcher_threads() == 1)


def test_a_crew_that_rests_begins_nothing_until_it_is_started(bench: Bench) -> None:
    crew = Crew(bench.runner, is_resting=True)
    runner = ThreadRunner(crew)
    runner.wake()
    rested = runner.alive()

    crew.start()

    assert not rested
    assert runner.alive()
    assert not crew.is_resting()


def test_a_crew_wakes_the_chore_that_is_named_and_no_other(bench: Bench) -> None:
    done = threading.Event()
    chores = [Chore("that", lambda _: done.set(), 3600), Chore("other", lambda _: 1 / 0, 3600)]
    crew = Crew(bench.runner, chores)

    ThreadRunner(crew).wake("that")

    assert done.wait(10)
    assert not bench.runner.alive()
    crew.stop(timeout=10)
    crew.wake("that")  # it stays ended
    assert not any(thread.name == "that" for thread in threading.enumerate())


def test_a_worker_works_until_its_crew_is_stopped(bench: Bench) -> None:
    crew = Crew(bench.runner)
    runner = ThreadRunner(crew)
    bench.outbox.waiting.extend(waiting(3))
    worker = threading.Thread(target=runner.run_worker)
    worker.start()
    eventually(lambda: bench.outbox.is_done)

    assert not runner.is_stopping()
    crew.stop(timeout=10)

    worker.join(10)
    assert not worker.is_alive()
    assert runner.is_stopping()
