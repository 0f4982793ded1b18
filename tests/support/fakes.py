"""Stand-ins for the world at the rim: a gateway and a clock that tests decide about."""

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.waits import Elsewhere, Waiting

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class SettableClock:
    """Says the time it was told, and moves only when asked."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


def accepted(message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.ACCEPTED, message_uuid=f"uuid-of-{message.id}")


class FakeGateway:
    """Takes messages and answers as told, which may take its time; keeps what it was given."""

    def __init__(self, answer: Callable[[ClaimedMessage], Outcome] = accepted) -> None:
        self.answer = answer
        self.sent: list[ClaimedMessage] = []
        self._lock = threading.Lock()

    def attempt(self, message: ClaimedMessage) -> Waiting[Outcome]:
        outcome: Outcome = yield Elsewhere(partial(self.send, message), until=math.inf)
        return outcome

    def close(self) -> None:
        """Nothing is kept."""

    def send(self, message: ClaimedMessage) -> Outcome:
        with self._lock:
            self.sent.append(message)
        return self.answer(message)


class StillRunner:
    """A runner that runs nothing, for tests that turn the outbox by hand."""

    def __init__(self) -> None:
        self.woken = 0
        self.scheduled: list[datetime] = []

    def wake(self, chore: str | None = None) -> None:
        del chore
        self.woken += 1

    def schedule(self, transaction: object, at: datetime) -> None:
        del transaction
        self.scheduled.append(at)

    def run_worker(self) -> None:
        pass

    def alive(self) -> bool:
        return True

    def is_stopping(self) -> bool:
        return False
