"""Empties the outbox: claims, fans out on threads, records outcomes as they come.

Only the thread that runs the dispatcher touches the outbox. Pool threads speak to the gateway
and do nothing else, so no database session is open while the network is waited for.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from app.domain.errors import TryAgain
from app.domain.message import Attempt, ClaimedMessage, Outcome, OutcomeKind
from app.sending.ports import Gateway, Outbox

_log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at an outbox that had nothing: other processes fill it too
_AFTER_TROUBLE = 0.5  # seconds until a database that was away is asked again
_SWEEP_EVERY = 1.0  # seconds

_WAKE = None  # what `wake` puts into the queue of finished attempts


def utc_now() -> datetime:
    return datetime.now(UTC)


class Dispatcher:
    """Sends what waits, with at most `threads` messages on their way at once."""

    def __init__(
        self,
        outbox: Outbox,
        gateway: Gateway,
        threads: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._threads = threads
        self._clock = clock
        self._finished: SimpleQueue[Attempt | None] = SimpleQueue()
        self._unrecorded: list[Attempt] = []
        self._in_flight = 0
        self._swept_at = 0.0
        self._stopping = False

    def wake(self) -> None:
        """Look at the outbox now. Any thread may call this."""
        self._finished.put(_WAKE)

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
        with ThreadPoolExecutor(self._threads, thread_name_prefix="send") as pool:
            while not self._stopping:
                self._wait(self._turn(pool))
            while self._in_flight or self._unrecorded:
                self._wait(self._record_only())

    def _turn(self, pool: ThreadPoolExecutor) -> float:
        """Record, sweep, claim, hand out; returns how long to wait for news."""
        try:
            self._record()
            self._sweep()
            return self._hand_out(pool)
        except TryAgain as error:
            _log.warning("outbox_unavailable", extra={"reason": str(error)})
            return _AFTER_TROUBLE

    def _record_only(self) -> float:
        try:
            self._record()
        except TryAgain:
            return _AFTER_TROUBLE
        return POLL if self._in_flight else 0.0

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
        if now - self._swept_at >= _SWEEP_EVERY:
            self._swept_at = now
            if lost := self._outbox.sweep(self._clock()):
                _log.warning("messages_in_doubt", extra={"count": lost})

    def _hand_out(self, pool: ThreadPoolExecutor) -> float:
        room = self._threads - self._in_flight
        if room <= 0:
            return POLL
        claim = self._outbox.claim(room, self._clock())
        for message in claim.messages:
            self._in_flight += 1
            pool.submit(self._attempt, message)
        full = self._in_flight >= self._threads
        return POLL if full or claim.ask_again_in is None else min(POLL, claim.ask_again_in)

    def _attempt(self, message: ClaimedMessage) -> None:
        """Runs on a pool thread."""
        wait = message.not_before - self._clock().timestamp()
        if wait > 0:
            time.sleep(wait)
        began_at = self._clock()
        try:
            outcome = self._gateway.send(message)
        except Exception:  # noqa: BLE001 (it never raises; if it does, its place must not be lost)
            _log.exception("gateway_failed", extra={"message_id": message.id})
            outcome = Outcome(OutcomeKind.IN_DOUBT, "the gateway failed, perhaps after sending")
        self._finished.put(Attempt(message, outcome, began_at, self._clock()))

    def _wait(self, seconds: float) -> None:
        """Until something happens, or the time is over; then take all that has happened."""
        try:
            self._take(self._finished.get(timeout=max(0.0, seconds)))
            while True:
                self._take(self._finished.get_nowait())
        except Empty:
            return

    def _take(self, attempt: Attempt | None) -> None:
        if attempt is not _WAKE:
            assert attempt is not None
            self._in_flight -= 1
            self._unrecorded.append(attempt)
