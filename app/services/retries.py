"""Second tries of what failed: only where they help, and never of what may have arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.audit import AuditEvent
from app.domain.error_codes import Failure, why_not_again
from app.domain.errors import NotFound
from app.domain.ids import is_id
from app.sending.ports import Runner
from app.services.chunks import AT_ONCE, in_chunks
from app.services.clock import Clock
from app.storage import again, audit, campaigns, failures
from app.storage.database import AnyRow, Database


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants tried again."""

    by: str
    codes: frozenset[str] | None = None  # None: all that may be
    confirmed: bool = False  # also long texts that may have arrived


@dataclass(frozen=True, slots=True)
class Kind:
    """So many messages that failed alike, and why they are left as they are, if they are."""

    failure: Failure
    messages: int
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were queued again, and what failed when that was asked for."""

    retried: int
    kinds: Sequence[Kind]

    @property
    def left_out(self) -> int:
        return sum(kind.messages for kind in self.kinds if kind.why_not is not None)

    @property
    def remaining(self) -> int:
        """To be tried again by another call: only of a very large number."""
        meant = sum(kind.messages for kind in self.kinds if kind.why_not is None)
        return max(0, meant - self.retried)


class Retries:
    """Queues again what failed."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def retry_failed(self, campaign_id: str, wish: Wish) -> Retried:
        """Queue again what failed in a way that passes, and tell of the rest why not.

        Raises NotFound, and Conflict when the campaign can send nothing again.
        """
        now = self._clock.now()
        kinds = [
            Kind(failure, number, why_not_again(failure, wish.codes, confirmed=wish.confirmed))
            for failure, number in self._failures(campaign_id).items()
        ]
        ids = self._clock.ids(now)
        meant = [kind.failure for kind in kinds if kind.why_not is None]

        def retry_some(after: str) -> Sequence[AnyRow]:
            with self._database.writing() as session:
                rows = failures.some(session, campaign_id, meant, after, AT_ONCE)
                if rows:
                    again.queue(session, rows, wish.by, f"sent again by {wish.by}", now)
                    audit.add(session, _event(next(ids), now, campaign_id, wish, len(rows)))
            return rows

        retried = in_chunks(retry_some, campaign_id) if meant else 0
        self._runner.wake()
        return Retried(retried, sorted(kinds, key=_order))

    def _failures(self, campaign_id: str) -> Mapping[Failure, int]:
        with self._database.reading() as session:
            if not is_id(campaign_id) or campaigns.find(session, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            return failures.count(session, campaign_id)


def _event(event_id: str, now: datetime, campaign_id: str, wish: Wish, messages: int) -> AuditEvent:
    codes = None if wish.codes is None else sorted(wish.codes)
    told = {"messages": messages, "codes": codes, "confirmed": wish.confirmed}
    return AuditEvent(event_id, now, wish.by, "retried", "campaign", campaign_id, told)


def _order(kind: Kind) -> tuple[bool, str, str]:
    """What is tried again comes first."""
    return kind.why_not is not None, kind.failure.status.value, kind.failure.name or ""
