"""Empties the outbox: claims, fans out, records outcomes as they come.

Only the thread that runs the dispatcher touches the outbox. It claims and records by the dozen:
each is a transaction, and what shares one shares its cost.
"""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from app.domain.errors import TryAgain
from app.domain.message import Attempt, ClaimedMessage, Outcome, OutcomeKind
from app.domain.waits import Pause, Waiting
from app.sending.hands import Hands
from app.sending.ports import Gateway, Outbox

_log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at an outbox that had nothing: other processes fill it too
_AFTER_TROUBLE = 0.5  # seconds until a database that was away is asked again
SWEEP_EVERY = 1.0  # seconds

IN_HAND = 2
"""Messages claimed for each that may be on its way: that one, and one that is ready after it.

So nothing waits for the database, and a crash leaves at most so many in doubt."""
_WORTH_A_CLAIM = 4  # while a quarter of the places would be empty soon


def utc_now() -> datetime:
    return datetime.now(UTC)


class Dispatcher:
    """Sends what waits, with at most so many messages on their way at once."""

    def __init__(
        self,
        outbox: Outbox,
        gateway: Gateway,
        at_once: int,
        clock: Callable[[], datetime] = utc_now,
        sweep_every: float = SWEEP_EVERY,
    ) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._at_once = at_once
        self._clock = clock
        self._hands = Hands(self._attempt, at_once)
        self._unrecorded: list[Attempt] = []
        self._sweep_every = sweep_every
        self._swept_at = 0.0
        self._stopping = False

    def wake(self) -> None:
        """Look at the outbox now. Any thread may call this."""
        self._hands.wake()

    def stop(self) -> None:
        """Claim no more; `run` ends when what is in flight is recorded. Any thread may call."""
        self._stopping = True
        self.wake()

    @property
    def stopped(self) -> bool:
        """Was it told to stop?"""
        return self._stopping

    def run(self) -> None:
        """Work until stopped."""
        with closing(self._gateway), self._hands:
            while not self._stopping:
                self._wait(self._turn())
            self._unrecorded += map(self._unsent, self._hands.take_back())
            while self._hands.held or self._unrecorded:
                self._wait(self._record_only())

    def _turn(self) -> float:
        """Record, sweep, claim, hand out; returns how long to wait for news."""
        try:
            self._record()
            self._sweep()
            return self._hand_out()
        except TryAgain as error:
            _log.warning("outbox_unavailable", extra={"reason": str(error)})
            return _AFTER_TROUBLE

    def _record_only(self) -> float:
        try:
            self._record()
        except TryAgain:
            return _AFTER_TROUBLE
        return POLL if self._hands.held else 0.0

    def _record(self) -> None:
        """Outcomes that cannot be written now stay in memory and are written later.

        They are few: nothing is claimed before they are written. An outcome that the outbox
        cannot take for any other reason is left to the lease, which makes it a doubt.
        """
        attempts, self._unrecorded = self._unrecorded, []
        try:
            if attempts:
                self._outbox.record(attempts, self._clock())
        except TryAgain:
            self._unrecorded = attempts
            raise

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept_at >= self._sweep_every:
            self._swept_at = now
            if lost := self._outbox.sweep(self._clock()):
                _log.warning("messages_in_doubt", extra={"count": lost})

    def _hand_out(self) -> float:
        room = IN_HAND * self._at_once - self._hands.held
        if room * _WORTH_A_CLAIM < self._at_once:
            return POLL
        claim = self._outbox.claim(room, self._clock())
        self._hands.give(claim.messages)
        full = len(claim.messages) == room
        return POLL if full or claim.ask_again_in is None else min(POLL, claim.ask_again_in)

    def _attempt(self, message: ClaimedMessage) -> Waiting[Attempt]:
        """Runs on a thread of the hands."""
        while (wait := message.not_before - self._clock().timestamp()) > 0:
            yield Pause(time.monotonic() + wait)
        began_at = self._clock()
        try:
            outcome = yield from self._gateway.attempt(message)
        except Exception:  # noqa: BLE001 (it never raises; if it does, its place must not be lost)
            _log.exception("gateway_failed", extra={"message_id": message.id})
            outcome = Outcome(OutcomeKind.IN_DOUBT, "the gateway failed, perhaps after sending")
        return Attempt(message, outcome, began_at, self._clock())

    def _unsent(self, message: ClaimedMessage) -> Attempt:
        """Of a message that was claimed and had not begun."""
        outcome = Outcome(OutcomeKind.TRY_LATER, "the service was stopped before it was sent")
        now = self._clock()
        return Attempt(message, outcome, now, now)

    def _wait(self, seconds: float) -> None:
        """Until something comes back, or the time is over."""
        self._unrecorded += self._hands.wait(seconds)
