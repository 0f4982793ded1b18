"""Runs one attempt to its end on the thread that asks, waiting for what it waits for."""

import select
import time
from typing import TypeVar

from app.domain.message import ClaimedMessage, Outcome
from app.domain.waits import Elsewhere, Pause, Readable, Wait, Waiting
from app.sending.ports import Gateway

T = TypeVar("T")


def sent(gateway: Gateway, message: ClaimedMessage) -> Outcome:
    """What came of it."""
    return finished(gateway.attempt(message))


def finished(waiting: Waiting[T]) -> T:
    """What it returns; raises what it raises."""
    step, given = waiting.send, None
    while True:
        try:
            wait = step(given)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            step, given = waiting.send, _had(wait)
        except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
            step, given = waiting.throw, error


def _had(wait: Wait) -> object:
    if isinstance(wait, Elsewhere):
        return wait.do()
    patience = max(0.0, wait.until - time.monotonic())
    if isinstance(wait, Pause):
        time.sleep(patience)
        return None
    poll = select.poll()
    poll.register(wait.socket, select.POLLIN if isinstance(wait, Readable) else select.POLLOUT)
    if not poll.poll(patience * 1000):
        raise TimeoutError
    return None
