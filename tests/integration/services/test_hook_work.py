"""What happens reaches those who asked: signed, again and again until it is taken, for a day."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.hooks import HookEvent, HookStatus
from app.domain.message import MessageStatus
from app.services.hooks import HookChange
from app.storage import hook_endpoints
from app.storage.hook_tables import HookDeliveryRow
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk
from tests.support.hook_desk import HookDesk
from tests.support.receivers import Receiver, receiver


@pytest.fixture
def hooks(desk: Desk) -> HookDesk:
    return HookDesk(desk)


def launch(desk: Desk, count: int = 1) -> None:
    desk.campaigns.launch(order(count))


def finals(here: Receiver) -> list[tuple[str, str]]:
    told = [call.told for call in here.calls if call.told["type"] == "message.final"]
    return sorted((each["data"]["to"], each["data"]["status"]) for each in told)


def test_a_campaign_is_told_of_from_its_messages_to_its_end(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url)
        launch(desk, 3)
        sent = desk.send_all()
        hooks.deliver()
        assert here.types() == ["campaign.finished"]
        end = here.calls[0].told["data"]
        assert (end["status"], end["messages"]) == ("finished", {"accepted": 3})

        desk.receive(sent[0], MessageStatus.DELIVERED, error_code=None)
        desk.receive(sent[1], MessageStatus.REJECTED, error_code="1310", reason="blocked")
        desk.receive(sent[2], MessageStatus.SUBMITTED)
        desk.receive(sent[0], MessageStatus.DELIVERED, error_code=None)  # a repeat
        hooks.deliver()

    ends = {"delivered", "rejected"}
    assert {status for _, status in finals(here)} == ends
    assert len(here.calls) == 3
    refused = next(c.told["data"] for c in here.calls if c.told["data"]["status"] == "rejected")
    assert (refused["error_code"], refused["reason"]) == ("1310", "blocked")
    assert refused["message_id"] == sent[1].id
    assert all(call.is_signed_by(made.secret) for call in here.calls)
    assert len({call.id for call in here.calls}) == 3
    assert {each.status for each in hooks.log(made)} == {HookStatus.DELIVERED}


def test_a_text_that_asks_to_stop_is_told_of_twice_over(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        hooks.listen(here.url)
        launch(desk, 1)  # waits for the very number
        message = inbound("STOP", numbers(1)[0])
        desk.inbound.receive("{}", message)
        desk.inbound.receive("{}", message)
        hooks.deliver()

    told = {call.told["type"]: call.told["data"] for call in here.calls}
    assert len(here.calls) == 4
    assert told["reply.received"]["text"] == "STOP"
    assert told["reply.received"]["reading"] == "opt_out"
    assert told["contact.opted_out"]["number"] == numbers(1)[0]
    assert told["message.final"]["status"] == "skipped"
    assert told["campaign.finished"]["messages"] == {"skipped": 1}


def test_only_what_was_asked_for_is_written(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        launch(desk, 2)
        desk.receive(desk.send_all()[0], MessageStatus.DELIVERED)
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver()

    assert here.types() == ["reply.received"]
    assert len(hooks.log(made)) == 1


def test_two_endpoints_hear_of_one_fact_under_one_id(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as one, receiver() as other:
        hooks.listen(one.url, [HookEvent.REPLY_RECEIVED])
        hooks.listen(other.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver()

    assert one.calls[0].id == other.calls[0].id
    assert one.calls[0].body == other.calls[0].body


def test_a_failure_is_tried_again_with_the_same_id_until_it_is_taken(
    desk: Desk, hooks: HookDesk
) -> None:
    with receiver() as here:
        here.code, here.body = 500, b"out of order"
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver()
        (waiting,) = hooks.log(made)
        assert (waiting.status, waiting.attempts, waiting.code) == (HookStatus.WAITING, 1, 500)
        assert (waiting.excerpt, waiting.problem) == ("out of order", "answered 500")
        assert waiting.due_at == desk.clock() + timedelta(seconds=10)

        desk.clock.forward(9)
        hooks.deliver()
        assert len(here.calls) == 1
        desk.clock.forward(1)
        hooks.deliver()
        here.code = 204
        desk.clock.forward(30)
        hooks.deliver()
        desk.clock.forward(99_999)
        hooks.deliver()

    assert len(here.calls) == 3
    assert len({(call.id, call.body) for call in here.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in here.calls}) == 3
    (done,) = hooks.log(made)
    assert (done.status, done.attempts, done.code) == (HookStatus.DELIVERED, 3, 204)
    assert [(each.attempt, each.code, each.problem) for each in done.tries] == [
        (1, 500, "answered 500"),
        (2, 500, "answered 500"),
        (3, 204, None),
    ]
    assert [(each.at - done.tries[0].at).total_seconds() for each in done.tries] == [0, 10, 40]
    assert hooks.hooks.find(made.endpoint.id).failing_since is None


def test_after_a_day_it_is_given_up_and_can_be_replayed(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        here.code = 500
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        began = desk.clock()
        hooks.deliver_for(1.2)
        (lost,) = hooks.log(made, HookStatus.GIVEN_UP)
        assert lost.attempts == len(here.calls) in range(10, 15)

        here.code = 200
        again = hooks.hooks.replay(made.endpoint.id, lost.id, "test")
        hooks.deliver()

    assert (again.status, again.attempts) == (HookStatus.WAITING, 0)
    told = hooks.log(made)[0]
    assert told.status == HookStatus.DELIVERED
    assert [each.attempt for each in told.tries] == [*range(1, lost.attempts + 1), 1]
    assert told.tries[:-1] == lost.tries
    assert told.tries[-1].problem is None
    assert here.calls[-1].id == here.calls[0].id == lost.event_id
    assert hooks.hooks.find(made.endpoint.id).is_enabled
    since = began + timedelta(seconds=1)
    assert hooks.hooks.replay_since(made.endpoint.id, since, frozenset(HookStatus), "t") == 0


def test_all_since_a_time_are_replayed(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        for place in range(5):
            desk.clock.forward(60)
            desk.inbound.receive("{}", inbound(f"No {place}"))
        hooks.deliver()
        since = desk.clock() - timedelta(seconds=120)
        ends = frozenset({HookStatus.DELIVERED})
        count = hooks.hooks.replay_since(made.endpoint.id, since, ends, "test")
        hooks.deliver()

    assert count == 3
    texts = [call.told["data"]["text"] for call in here.calls]
    assert sorted(texts[5:]) == ["No 2", "No 3", "No 4"]


def test_a_week_of_failures_disables_it_with_a_notice(
    desk: Desk, hooks: HookDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as here:
        here.code = 500
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        for day in range(8):
            desk.inbound.receive("{}", inbound(f"Day {day}"))
            hooks.deliver_for(1, timedelta(hours=2))
            assert hooks.hooks.find(made.endpoint.id).is_enabled is (day < 7), day

        calls = len(here.calls)
        desk.inbound.receive("{}", inbound("Anybody?"))
        hooks.deliver_for(0.5, timedelta(hours=1))
        assert len(here.calls) == calls

        endpoint = hooks.hooks.find(made.endpoint.id)
        assert "nothing was delivered since 2026-03-02 12:00 UTC" in str(endpoint.disabled_reason)
        with desk.database.reading() as session:
            assert [each.id for each in hook_endpoints.disabled(session, 5)] == [endpoint.id]
        (event,) = desk.audit.page(endpoint.id, None, 1)
        assert (event.actor, event.action) == ("Carillon", "disabled")
        assert "webhook_endpoint_disabled" in caplog.text

        here.code = 200
        hooks.hooks.change(endpoint.id, HookChange(is_enabled=True), "test")
        hooks.deliver()
        assert hooks.hooks.find(made.endpoint.id).disabled_reason is None
    assert len(here.calls) > calls


def test_one_failure_long_ago_disables_nothing(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        here.code = 500
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("One"))
        hooks.deliver_for(1.2, timedelta(hours=1))
        desk.clock.forward(30 * 86_400)
        desk.inbound.receive("{}", inbound("Two"))
        hooks.deliver()

    assert hooks.hooks.find(made.endpoint.id).is_enabled


def test_who_says_410_is_not_called_again(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        here.code = 410
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver_for(1, timedelta(hours=1))

    assert len(here.calls) == 1
    assert "410" in str(hooks.hooks.find(made.endpoint.id).disabled_reason)


def test_two_secrets_sign_for_a_day_after_a_rotation(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        old = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        new = hooks.hooks.rotate(old.endpoint.id, "test")
        for _ in range(2):
            desk.inbound.receive("{}", inbound("Hello?"))
            hooks.deliver()
            desk.clock.forward(86_400)

    first, second = here.calls
    assert first.is_signed_by(new.secret)
    assert first.is_signed_by(old.secret)
    assert second.is_signed_by(new.secret)
    assert not second.is_signed_by(old.secret)


def test_one_that_hangs_keeps_nobody_else_waiting(desk: Desk) -> None:
    hooks = HookDesk(desk, timeout=30.0)
    everybody_else_was_told = threading.Event()
    with receiver() as deaf, receiver() as here:
        deaf.code, deaf.before = 500, lambda: everybody_else_was_told.wait(30)

        def count() -> None:
            if len(here.calls) == 40:
                everybody_else_was_told.set()

        here.before = count
        hooks.listen(deaf.url, [HookEvent.REPLY_RECEIVED])
        hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        for place in range(40):
            desk.inbound.receive("{}", inbound(f"No {place}"))
        hooks.deliver()

    assert len(here.calls) == 40
    assert everybody_else_was_told.is_set()
    assert len(deaf.calls) == 4  # at once; then it is left in peace


def test_whoever_stops_leaves_the_rest_to_be_tried_again(desk: Desk) -> None:
    hooks = HookDesk(desk, timeout=30.0)
    stopping, let_go = threading.Event(), threading.Event()
    with receiver() as here:

        def stop_and_hang() -> None:
            stopping.set()
            let_go.wait(30)

        here.before = stop_and_hang
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        began = time.monotonic()
        hooks.work.go_on(stopping.is_set)
        assert time.monotonic() - began < 15  # it did not wait for the answer
        here.before = lambda: None
        let_go.set()

        another = HookDesk(desk)
        another.deliver()
        assert len(here.calls) == 1  # for a minute it counts as being tried
        desk.clock.forward(61)
        another.deliver()

    assert [call.id for call in here.calls] == [here.calls[0].id] * 2
    assert hooks.log(made)[0].status == HookStatus.DELIVERED


def test_processes_share_the_work_and_tell_nothing_twice(desk: Desk) -> None:
    several = [HookDesk(desk) for _ in range(3)]
    with receiver() as here:
        several[0].listen(here.url, [HookEvent.REPLY_RECEIVED])
        for place in range(60):
            desk.inbound.receive("{}", inbound(f"No {place}"))
        threads = [threading.Thread(target=each.deliver) for each in several]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(here.calls) == len({call.id for call in here.calls}) == 60


def test_what_is_done_with_is_forgotten_after_a_while(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here, receiver() as gone:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        removed = hooks.listen(gone.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Old"))
        hooks.deliver()
        desk.clock.forward(13 * 86_400)
        desk.inbound.receive("{}", inbound("Newer"))
        assert hooks.retention.apply() == 0
        hooks.hooks.remove(removed.endpoint.id, "test")
        desk.clock.forward(2 * 86_400)

        assert hooks.retention.apply() == 3  # the old one, and both of the removed
        (left,) = hooks.log(made)
        assert "Newer" in left.body
        assert hooks.retention.apply() == 0


def test_what_waits_for_who_is_called_is_never_forgotten(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        desk.clock.forward(100 * 86_400)
        assert hooks.retention.apply() == 0
        hooks.hooks.change(made.endpoint.id, HookChange(is_enabled=False), "test")
        assert hooks.retention.apply() == 1


def test_what_a_person_asks_for_wakes_whoever_delivers(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        queued = hooks.hooks.test(made.endpoint.id)
        assert hooks.woken == 1
        hooks.deliver()
        hooks.hooks.replay(made.endpoint.id, queued.id, "test")
        assert hooks.woken == 2
        hooks.deliver()
        hooks.hooks.replay_since(made.endpoint.id, desk.clock(), frozenset(HookStatus), "test")
        assert hooks.woken == 3


def test_of_what_was_taken_at_once_nothing_more_is_kept_and_one_try_shown(
    desk: Desk, hooks: HookDesk
) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        assert hooks.log(made)[0].tries == ()
        hooks.deliver()

    (done,) = hooks.log(made)
    assert [(each.attempt, each.at, each.code, each.problem) for each in done.tries] == [
        (1, desk.clock(), 200, None)
    ]
    with desk.database.reading() as session:
        assert session.scalars(select(HookDeliveryRow.tries.is_(None))).all() == [True]


def test_the_newest_fifty_tries_are_kept(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        here.code = 500
        made = hooks.listen(here.url, [HookEvent.REPLY_RECEIVED])
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver()
        (first,) = hooks.log(made)
        with desk.database.writing() as session:
            (row,) = session.scalars(select(HookDeliveryRow)).all()
            assert row.tries
            row.tries = [dict(row.tries[0], attempt=n) for n in range(1, 51)]
            row.attempts = 50
        desk.clock.forward(10)
        hooks.deliver()

    (failing,) = hooks.log(made)
    assert [each.attempt for each in failing.tries] == [*range(2, 52)]
    assert failing.tries[0].at == first.tries[0].at
