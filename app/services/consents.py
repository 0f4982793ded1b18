"""Consent as clients and operators tell of it: recorded with its proof, looked at, reviewed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.campaign import OPTED_OUT
from app.domain.consent_ledger import ConsentKind, ConsentState, is_expired
from app.domain.consent_order import ConsentOrder, ImportedOptOut, flaws, why_no_return
from app.domain.errors import FixInput, Mistake
from app.domain.lots import lots
from app.domain.message import AT_ONCE, MessageKind
from app.domain.phone import PhoneNumber
from app.domain.replies import Programme
from app.domain.segments import count_segments
from app.meters import Meters
from app.sending.ports import Runner
from app.services import allowances
from app.services.clock import Clock
from app.storage import (
    campaign_status,
    consent,
    consent_pages,
    messages,
    sender_consent,
    senders,
)
from app.storage.consent import Heads, Recorded
from app.storage.consent_pages import KeptEvent, OptedOut
from app.storage.database import Database, Session
from app.storage.messages import NewMessage

MOST_EVENTS = 1_000  # of one number's history that are shown
_IMPORTED_AT_ONCE = 2_000  # rows a transaction


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """All that can be shown of one number's consent."""

    number: PhoneNumber
    state: ConsentState
    since: datetime | None
    expires_at: datetime | None
    expired: bool
    events: list[KeptEvent]
    shown_at: datetime


class Consents:
    """Records consent and shows it."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        clock: Clock,
        programme: Programme,
        meters: Meters | None = None,
    ) -> None:
        self._database = database
        self._meters = meters or Meters()
        self._runner = runner
        self._clock = clock
        self._programme = programme

    def record(self, orders: Sequence[ConsentOrder]) -> list[Recorded]:
        """Record all of them, or none. Raises FixInput with every one that cannot be."""
        now = self._clock.now()
        ids = self._clock.ids(now)
        events = [order.as_event(next(ids), self._clock.entropy().hex(), now) for order in orders]
        asking = sorted({order.confirm_from for order in orders if order.confirm_from})
        with self._database.writing() as session:
            for sender in asking:
                senders.add(session, sender)
            heads = consent.hold(session, events)
            _refuse(session, orders, heads, now)
            done = consent.record(session, events, heads)
            self._ask(session, orders, done, ids, now)
            _skip(session, done, now)
        self._count("client", done)
        self._runner.wake()
        return done

    def _count(self, method: str, done: Sequence[Recorded]) -> None:
        left = [each for each in done if each.is_new and each.event.event is ConsentKind.OPT_OUT]
        self._meters.opted_out(method, len(left))

    def opt_out_many(self, rows: Iterable[ImportedOptOut], file: str, actor: str) -> int:
        """Record what a file says of people who left; returns for how many that is new.

        Some thousand rows a transaction: whoever is interrupted can begin again, and those who
        were recorded are recorded once more. Nothing in a file can clear an opt-out.
        """
        parts = lots(rows, _IMPORTED_AT_ONCE)
        return sum(self._import(part, file, actor) for part in parts)

    def _import(self, rows: Sequence[ImportedOptOut], file: str, actor: str) -> int:
        now = self._clock.now()
        ids = self._clock.ids(now)
        orders = [
            ConsentOrder(
                row.number,
                ConsentKind.OPT_OUT,
                method="import",
                actor=actor,
                wording=row.wording,
                source_file=file,
                source_row=row.row,
            )
            for row in rows
        ]
        events = [order.as_event(next(ids), self._clock.entropy().hex(), now) for order in orders]
        with self._database.writing() as session:
            done = consent.record(session, events)
            _skip(session, done, now)
        self._count("import", done)
        return sum(step.is_new for step in done)

    def of(self, number: PhoneNumber) -> ConsentPage:
        """The state of a number and the history that it rests on."""
        now = self._clock.now()
        with self._database.reading() as session:
            standing = consent.standing_of(session, number)
            events = (
                consent_pages.history(session, standing.chain, MOST_EVENTS)
                if standing.chain
                else []
            )
        expired = is_expired(standing.state, standing.expires_at, now)
        return ConsentPage(
            number, standing.state, standing.since, standing.expires_at, expired, events, now
        )

    def opt_outs(self, before: str | None, limit: int, number: str | None = None) -> list[OptedOut]:
        """Who opted out, the newest first; or this number, if it did."""
        with self._database.reading() as session:
            return consent_pages.opt_outs(session, before, limit, number)

    def _ask(
        self,
        session: Session,
        orders: Sequence[ConsentOrder],
        done: Sequence[Recorded],
        ids: Iterator[str],
        now: datetime,
    ) -> None:
        """Send the questions of double opt-ins: once to each who was not asked before."""
        questions = []
        for order, step in zip(orders, done, strict=True):
            if step.event.event is ConsentKind.PENDING and step.is_new and order.confirm_from:
                sender = sender_consent.find(session, order.confirm_from)
                text = sender.programme(self._programme).question()
                questions.append(_question(next(ids), order, text))
        for question in questions:
            allowances.check_number(question.number, "/consents")
        allowances.spend(session, len(questions), now)
        messages.add(session, questions, now)


def _question(message_id: str, order: ConsentOrder, text: str) -> NewMessage:
    assert order.confirm_from is not None
    return NewMessage(
        id=message_id,
        kind=MessageKind.SINGLE,
        number=order.number,
        sender=order.confirm_from,
        text=text,
        segments=count_segments(text).segments,
        due_at=AT_ONCE,
    )


def _skip(session: Session, done: Sequence[Recorded], now: datetime) -> None:
    """What waits for those who left is not sent; the claim would not either."""
    left = sorted(
        {step.event.number for step in done if step.after is ConsentState.OPTED_OUT and step.is_new}
    )
    touched = messages.skip_all_queued(session, left, OPTED_OUT, now)
    campaign_status.finish_done(session, touched, now)


def _refuse(session: Session, orders: Sequence[ConsentOrder], heads: Heads, now: datetime) -> None:
    """An opt-in may not undo an opt-out by accident, nor by being older than it."""
    mistakes = []
    for place, order in enumerate(orders):
        here = f"/consents/{place}"
        mistakes += [Mistake(f"{here}/{field}", reason) for field, reason in flaws(order, now)]
        is_out = heads[order.number].state is ConsentState.OPTED_OUT
        if order.event is ConsentKind.OPT_IN and is_out:
            since = consent.standing_of(session, order.number).since
            if reason := why_no_return(order, since, now):
                mistakes.append(Mistake(here, reason))
    if mistakes:
        raise FixInput(mistakes)
