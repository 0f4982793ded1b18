"""Senders: what texts come from, and how fast."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.registration import Registration
from app.domain.sender import read_sender
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import senders
from app.storage.database import Database, Session
from app.storage.senders import StoredSender


@dataclass(frozen=True, slots=True)
class SenderState:
    """A sender as it goes now: what was configured, and what Vonage made of it."""

    name: str
    own_rate: float | None  # None: the default holds
    rate: float  # messages a second, as configured
    rate_now: float
    slowed_since: datetime | None  # of the last 429; None once the whole rate is back
    held_until: datetime | None  # nothing leaves before
    failures: int  # attempts in a row that did not reach Vonage
    registration: Registration | None = None  # as far as somebody noted it


class Senders:
    """Look at senders, set their pace."""

    def __init__(self, database: Database, default_rate: float, clock: Clock | None = None) -> None:
        self._database = database
        self._default_rate = default_rate
        self._clock = clock or Clock()
        self._notes = AuditNotes(self._clock, "sender")

    def set_rate(self, name: str, rate: float | None, by: str | None = None) -> SenderState:
        """Let a sender send at most `rate` messages a second, over all processes.

        None: the default rate. `by` is who decided that, for the audit trail.

        Raises InvalidNumber when `name` cannot be a sender.
        """
        sender = read_sender(name)
        with self._database.writing() as session:
            senders.set_rate(session, sender, rate)
            if by is not None:
                self._notes.add(session, by, "rate set", sender, {"rate": rate})
            return self._state_of(session, sender)

    def register(self, name: str, registration: Registration | None, by: str) -> SenderState:
        """Note how far the registration of a sender has come; None: nothing is known any more.

        Raises InvalidNumber when `name` cannot be a sender.
        """
        sender = read_sender(name)
        with self._database.writing() as session:
            senders.add(session, sender)
            if self._state_of(session, sender).registration != registration:
                senders.register(session, sender, registration)
                details = registration.as_json() if registration else {"status": None}
                self._notes.add(session, by, "registration set", sender, details)
            return self._state_of(session, sender)

    def _state_of(self, session: Session, name: str) -> SenderState:
        stored = senders.find(session, name, self._default_rate)
        assert stored is not None
        return _state(stored, self._clock.now())

    def all(self) -> list[StoredSender]:
        """Every sender that has been used or set."""
        with self._database.reading() as session:
            return senders.everyone(session, self._default_rate)

    def states(self) -> list[SenderState]:
        """The same, as they go now."""
        now = self._clock.now()
        return [_state(sender, now) for sender in self.all()]


def _state(sender: StoredSender, now: datetime) -> SenderState:
    seconds = now.timestamp()
    pace = sender.pace.believable(seconds)
    rate_now = pace.rate_at(seconds)
    return SenderState(
        name=sender.name,
        own_rate=sender.own_rate,
        rate=pace.rate,
        rate_now=rate_now,
        slowed_since=_moment(pace.slowed_at if rate_now < pace.rate else None),
        held_until=_moment(pace.held_until(seconds)),
        failures=pace.failures,
        registration=sender.registration,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
