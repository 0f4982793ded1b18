"""Clients' endpoints are told by whichever worker, also where the queue engine does the chores."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.bootstrap import House
from app.bootstrap_runner import WEBHOOKS
from app.domain.hooks import HookEvent, HookStatus, HookWish
from app.domain.message import ClaimedMessage, DeliveryReceipt, MessageStatus
from app.services.hooks import NewHook
from app.storage.hook_log import HookDelivery
from tests.support.builders import inbound, order
from tests.support.machines import Machines, execute
from tests.support.receivers import Receiver, receiver
from tests.support.site import eventually
from tests.unit.test_meters import value

TRIES = "carillon_outgoing_webhook_tries_total"


@pytest.fixture
def machines(url: str) -> Iterator[Machines]:
    made = Machines(url, WEBHOOKS_ALLOW_PRIVATE="127.0.0.0/8")
    yield made
    made.web.close(10)


def listen(machines: Machines, here: Receiver, *events: HookEvent) -> NewHook:
    wish = HookWish(here.url, frozenset(events))
    return machines.web.services.hooks.create(wish, "test")


def log(machines: Machines, made: NewHook) -> list[HookDelivery]:
    return machines.web.services.hooks.deliveries(made.endpoint.id, None, None, 10)


def delivered(message: ClaimedMessage) -> DeliveryReceipt:
    return DeliveryReceipt(MessageStatus.DELIVERED, datetime.now(UTC), client_ref=message.id)


def counted(worker: House, result: str) -> float | None:
    return value(worker.meters.page([]).decode(), TRIES, result=result)


def test_a_worker_tells_of_a_reply_and_of_the_end_of_a_message(machines: Machines) -> None:
    with receiver() as here, machines.worker() as worker:
        made = listen(machines, here, HookEvent.REPLY_RECEIVED, HookEvent.MESSAGE_FINAL)
        machines.web.services.campaigns.launch(order(1))
        eventually(lambda: machines.stored(MessageStatus.ACCEPTED) == 1, 20)
        (message,) = machines.gateway.sent
        machines.web.services.receipts.apply("{}", delivered(message))
        machines.web.services.inbound.receive("{}", inbound("Hello?"))
        # Nobody is woken: the engine's calendar says when to look.
        eventually(lambda: counted(worker, "delivered") == 2, 20)

    told = {call.told["type"]: call.told["data"] for call in here.calls}
    assert told["message.final"]["message_id"] == message.id
    assert told["message.final"]["status"] == "delivered"
    assert told["reply.received"]["text"] == "Hello?"
    assert all(call.is_signed_by(made.secret) for call in here.calls)


def test_what_failed_is_told_again_under_the_same_id(machines: Machines) -> None:
    with receiver() as here, machines.worker() as worker:
        here.code = 500
        made = listen(machines, here, HookEvent.REPLY_RECEIVED)
        machines.web.services.inbound.receive("{}", inbound("Hello?"))
        eventually(lambda: [each.code for each in log(machines, made)] == [500], 20)
        here.code = 200
        # Ten seconds later, without waiting for them.
        execute(machines.web.database, "UPDATE hook_deliveries SET due_at = now()")
        execute(machines.web.database, "UPDATE hook_endpoints SET calls_after = NULL")
        machines.web.runner.wake(WEBHOOKS)
        eventually(lambda: log(machines, made)[0].status == HookStatus.DELIVERED, 20)
        assert counted(worker, "try_again") == counted(worker, "delivered") == 1

    assert len({call.id for call in here.calls}) == 1
    assert len(here.calls) == 2


def test_what_a_person_asks_for_wakes_whichever_worker_is_free(machines: Machines) -> None:
    with receiver() as here:
        made = listen(machines, here, HookEvent.REPLY_RECEIVED)
        machines.web.services.hooks.test(made.endpoint.id)
        assert (WEBHOOKS, None) in machines.jobs()
        with machines.worker():
            eventually(lambda: here.types() == ["webhook.test"], 20)
