"""What the engine needs (Gateway, Outbox) and what it offers (Runner)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.message import Attempt, Claim, ClaimedMessage, Outcome
from app.domain.waits import Waiting


class Gateway(Protocol):
    """Whatever takes texts from us: Vonage, the simulator behind the same client, a fake."""

    def attempt(self, message: ClaimedMessage) -> Waiting[Outcome]:
        """Make exactly one attempt, and never block: what is waited for is yielded.

        Never raises: what goes wrong is an outcome too.
        """
        ...

    def close(self) -> None:
        """Let go of what is kept for the next attempt; nothing is on its way."""
        ...


class Outbox(Protocol):
    """The messages that wait to go. Only the thread that runs the dispatcher calls it."""

    def claim(self, room: int, now: datetime) -> Claim:
        """Take up to `room` messages and mark them sending, before the first byte leaves."""
        ...

    def record(self, attempts: Sequence[Attempt], now: datetime) -> None:
        """Write down what came of attempts; safe to repeat."""
        ...

    def sweep(self, now: datetime) -> int:
        """Mark in doubt what a dead process left in sending; returns how many."""
        ...


class Runner(Protocol):
    """Gets work done somewhere: three calls, so that it can be another queue engine.

    Whatever it does late, twice or never, the outbox stays the truth: it only says "look now".
    """

    def wake(self, chore: str | None = None) -> None:
        """There may be messages to send, or work for this chore: look now. Never raises."""
        ...

    def schedule(self, transaction: object, at: datetime) -> None:
        """There will be messages to send then, if this transaction of the storage commits."""
        ...

    def run_worker(self) -> None:
        """Work until this process is told to stop."""
        ...

    # Two questions about this process; they ask for nothing to be done.

    def alive(self) -> bool:
        """Is the dispatcher of this process at work?"""
        ...

    def is_stopping(self) -> bool:
        """Was it told to stop? Whoever waits for something to be sent waits in vain."""
        ...
