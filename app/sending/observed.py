"""An outbox that tells what came of attempts, once that is written down."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from app.domain.message import Attempt, Claim
from app.meters import Meters
from app.sending.ports import Outbox


class Observed:
    """Another outbox (`ports.Outbox`), and a count of what goes through it."""

    def __init__(self, outbox: Outbox, meters: Meters) -> None:
        self._outbox = outbox
        self._meters = meters

    def claim(self, room: int, now: datetime) -> Claim:
        return self._outbox.claim(room, now)

    def record(self, attempts: Sequence[Attempt], now: datetime) -> None:
        self._outbox.record(attempts, now)
        self._count(attempts)

    def sweep(self, now: datetime) -> int:
        lost = self._outbox.sweep(now)
        if lost:
            self._meters.left_in_doubt(lost)
        return lost

    def _count(self, attempts: Sequence[Attempt]) -> None:
        """Those that ended alike in one go: it costs a few microseconds each."""
        for (outcome, code, sender), count in Counter(map(_end, attempts)).items():
            self._meters.attempted(outcome, code, sender, count)
        for each in attempts:
            if each.ended_at > each.began_at:  # else it was taken back before it began
                self._meters.took((each.ended_at - each.began_at).total_seconds())


def _end(attempt: Attempt) -> tuple[str, str | None, str]:
    outcome = attempt.outcome
    code = "unreachable" if outcome.unreachable else outcome.code
    return outcome.kind.value, code, attempt.message.sender
