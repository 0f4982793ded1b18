"""The dispatcher: every message that it claims gets one outcome, whatever happens."""

import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import TryAgain
from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.sending import dispatcher as dispatcher_module
from app.sending import hands
from app.sending.dispatcher import Dispatcher
from tests.support.builders import claimed
from tests.support.fakes import FakeGateway, accepted
from tests.support.outbox import FakeOutbox, running, waiting
from tests.support.site import eventually

KINDS = st.sampled_from([*OutcomeKind, None])
AWAY = TryAgain("the database cannot be reached")


def finish(outbox: FakeOutbox, gateway: FakeGateway, threads: int = 4) -> None:
    """Work until all that waits is recorded."""
    dispatcher = Dispatcher(outbox, gateway, threads)
    outbox.on_failure = dispatcher.wake  # so that nobody waits for the next look
    with running(dispatcher):
        eventually(lambda: outbox.is_done)


class GatedGateway(FakeGateway):
    """Holds every message until the gate opens."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.gate = threading.Event()

    def _wait(self, message: ClaimedMessage) -> Outcome:
        assert self.gate.wait(10)
        return accepted(message)


@given(st.lists(KINDS, max_size=30), st.integers(1, 6))
@settings(max_examples=40)
def test_every_claimed_message_gets_one_outcome_whatever_the_gateway_does(
    kinds: list[OutcomeKind | None], threads: int
) -> None:
    messages = waiting(len(kinds))
    told = {message.id: kind for message, kind in zip(messages, kinds, strict=True)}

    def answer(message: ClaimedMessage) -> Outcome:
        kind = told[message.id]
        if kind is None:
            raise RuntimeError("a gateway never raises, and this one does")
        return Outcome(kind)

    outbox = FakeOutbox(messages)
    finish(outbox, FakeGateway(answer), threads)

    assert {each.message.id: each.outcome.kind for each in outbox.recorded} == {
        name: kind or OutcomeKind.IN_DOUBT for name, kind in told.items()
    }
    assert len(outbox.recorded) == len(messages)


def test_messages_are_sent_at_once_and_never_more_than_there_are_threads() -> None:
    together = threading.Barrier(5, timeout=10)  # breaks unless five are on their way at once
    lock = threading.Lock()
    in_flight, most = 0, 0

    def answer(message: ClaimedMessage) -> Outcome:
        nonlocal in_flight, most
        with lock:
            in_flight += 1
            most = max(most, in_flight)
        together.wait()
        with lock:
            in_flight -= 1
        return accepted(message)

    outbox = FakeOutbox(waiting(20))
    finish(outbox, FakeGateway(answer), threads=5)

    assert most <= 5
    assert {each.outcome.kind for each in outbox.recorded} == {OutcomeKind.ACCEPTED}
    assert max(outbox.rooms) <= 10


def test_no_more_is_claimed_than_one_for_each_thread_and_one_to_follow() -> None:
    gateway, outbox = GatedGateway(), FakeOutbox(waiting(20))
    dispatcher = Dispatcher(outbox, gateway, at_once=3)
    with running(dispatcher):
        eventually(lambda: len(gateway.sent) == 3)
        dispatcher.wake()
        dispatcher.wake()
        time.sleep(0.02)
        assert len(outbox.claimed) == 6
        gateway.gate.set()
        eventually(lambda: outbox.is_done)

    assert len(outbox.recorded) == 20
    assert [each.id for each in gateway.sent][:3] == ["message 0", "message 1", "message 2"]


def test_what_comes_back_together_is_recorded_together() -> None:
    gateway, outbox = GatedGateway(), FakeOutbox(waiting(8))
    with running(Dispatcher(outbox, gateway, at_once=8)):
        eventually(lambda: len(gateway.sent) == 8)
        gateway.gate.set()
        eventually(lambda: outbox.is_done)

    assert outbox.calls.count("record") == 1


def test_nobody_waits_for_others_where_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "GATHER", 3600.0)
    outbox = FakeOutbox(waiting(9))

    finish(outbox, FakeGateway(), threads=2)

    assert len(outbox.recorded) == 9


def test_outcomes_are_kept_while_the_outbox_is_away_and_written_once() -> None:
    outbox = FakeOutbox(waiting(8))
    outbox.failures["record"].extend([AWAY] * 5)

    finish(outbox, FakeGateway())

    assert sorted(each.message.id for each in outbox.recorded) == sorted(
        message.id for message in waiting(8)
    )


def test_nothing_is_claimed_while_outcomes_cannot_be_written() -> None:
    outbox = FakeOutbox(waiting(3))
    outbox.failures["record"].extend([AWAY] * 5)

    finish(outbox, FakeGateway(), threads=1)

    first = outbox.calls.index("record")
    tried = [call for call in outbox.calls[first:] if call != "sweep"]
    assert tried[:6] == ["record"] * 6


def test_an_outbox_that_comes_back_is_claimed_from_again() -> None:
    outbox = FakeOutbox(waiting(3))
    outbox.failures["claim"].extend([AWAY] * 3)

    finish(outbox, FakeGateway())

    assert outbox.calls.count("claim") >= 4
    assert len(outbox.recorded) == 3


def test_an_outbox_that_is_away_is_not_hammered() -> None:
    outbox = FakeOutbox()
    outbox.failures["claim"].extend([AWAY] * 100)
    with running(Dispatcher(outbox, FakeGateway(), at_once=1)):
        time.sleep(0.1)

    assert outbox.calls.count("claim") == 1


def test_stop_finishes_what_is_in_flight_gives_back_the_rest_and_claims_no_more() -> None:
    gateway, outbox = GatedGateway(), FakeOutbox(waiting(10))
    dispatcher = Dispatcher(outbox, gateway, at_once=2)
    with running(dispatcher) as thread:
        eventually(lambda: len(gateway.sent) == 2)
        dispatcher.stop()
        thread.join(0.05)
        assert thread.is_alive()  # two are on their way
        gateway.gate.set()

    assert dispatcher.stopped
    assert len(gateway.sent) == 2
    assert len(outbox.waiting) == 6
    kinds = [each.outcome.kind for each in sorted(outbox.recorded, key=lambda a: a.message.id)]
    assert kinds == [OutcomeKind.ACCEPTED] * 2 + [OutcomeKind.TRY_LATER] * 2


def test_stop_waits_for_outcomes_to_be_written() -> None:
    gateway, outbox = GatedGateway(), FakeOutbox(waiting(1))
    dispatcher = Dispatcher(outbox, gateway, at_once=1)
    outbox.on_failure = dispatcher.wake
    with running(dispatcher):
        eventually(lambda: len(gateway.sent) == 1)
        outbox.failures["record"].extend([AWAY] * 3)
        dispatcher.stop()
        gateway.gate.set()

    assert len(outbox.recorded) == 1


def test_a_dispatcher_that_was_stopped_before_it_ran_does_nothing() -> None:
    outbox = FakeOutbox(waiting(1))
    dispatcher = Dispatcher(outbox, FakeGateway(), at_once=1)
    dispatcher.stop()

    dispatcher.run()

    assert outbox.calls == []


def test_no_message_leaves_before_its_place_in_the_pace() -> None:
    left: dict[str, float] = {}

    def answer(message: ClaimedMessage) -> Outcome:
        left[message.id] = time.time()
        return accepted(message)

    now = time.time()
    messages = [claimed(id=str(place), not_before=now + place * 0.02) for place in range(4)]
    outbox = FakeOutbox(messages)
    finish(outbox, FakeGateway(answer))

    for message in messages:
        assert left[message.id] >= message.not_before


def test_a_place_that_is_over_is_not_waited_for() -> None:
    outbox = FakeOutbox([claimed(not_before=time.time() - 3600)])

    finish(outbox, FakeGateway())

    assert len(outbox.recorded) == 1


def test_an_attempt_says_when_it_began_and_ended() -> None:
    outbox = FakeOutbox(waiting(1))
    before = datetime.now(UTC)

    finish(outbox, FakeGateway())

    (attempt,) = outbox.recorded
    assert before <= attempt.began_at <= attempt.ended_at <= datetime.now(UTC)


def test_a_wake_is_heard_and_no_poll_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "POLL", 3600.0)
    outbox = FakeOutbox()
    dispatcher = Dispatcher(outbox, FakeGateway(), at_once=1)
    with running(dispatcher):
        eventually(lambda: "claim" in outbox.calls)
        outbox.waiting.extend(waiting(1))
        dispatcher.wake()
        eventually(lambda: len(outbox.recorded) == 1)


def test_many_wakes_are_one() -> None:
    outbox = FakeOutbox()
    dispatcher = Dispatcher(outbox, FakeGateway(), at_once=1)
    for _ in range(1000):
        dispatcher.wake()
    with running(dispatcher):
        time.sleep(0.05)

    assert outbox.calls.count("claim") <= 3


def test_only_the_thread_that_runs_it_touches_the_outbox() -> None:
    outbox = FakeOutbox(waiting(20))
    dispatcher = Dispatcher(outbox, FakeGateway(), at_once=4)
    with running(dispatcher) as thread:
        eventually(lambda: outbox.is_done)
        assert outbox.callers == {thread.ident}


def test_it_looks_for_what_dead_processes_left_behind() -> None:
    outbox = FakeOutbox(waiting(20))

    finish(outbox, FakeGateway(), threads=1)

    assert outbox.calls[0] == "sweep"
    assert outbox.calls.count("sweep") <= 2  # at each turn would be too often


def test_an_outcome_that_the_outbox_cannot_take_does_not_come_back() -> None:
    outbox = FakeOutbox(waiting(9))
    outbox.failures["record"].append(ValueError("a fault of ours"))
    dispatcher = Dispatcher(outbox, FakeGateway(), at_once=1)

    with pytest.raises(ValueError, match="a fault of ours"):
        dispatcher.run()
    begun = len(outbox.claimed)
    with running(dispatcher):
        eventually(lambda: not outbox.waiting and len(outbox.recorded) >= 9 - begun)

    recorded = [each.message.id for each in outbox.recorded]
    assert "message 0" not in recorded
    assert len(recorded) == len(set(recorded)) < 9
    assert {each.id for each in waiting(9)[begun:]} <= set(recorded)
