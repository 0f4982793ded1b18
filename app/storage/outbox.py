"""The outbox: claim and record, each its own short transaction, with network time between them.

Works with any number of processes on one database. What keeps them apart: rows are locked as
they are picked (`for update skip locked`; on SQLite the whole transaction is exclusive), and
the pace of a sender is a row that a claim holds until it commits. Locks are taken in one order
everywhere: senders, the journal, heads of consent, messages, counts, campaigns.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.campaign import OPTED_OUT
from app.domain.errors import Conflict
from app.domain.message import Attempt, Claim, MessageStatus
from app.storage import again, campaign_status, journal, message_rows, messages, receipts, senders
from app.storage import attempts as results
from app.storage.accepted import accept
from app.storage.claims import Turn
from app.storage.database import Database
from app.storage.journal import Released
from app.storage.lanes import Every, Lanes
from app.storage.messages import Heard
from app.storage.tables import Message

_SWEPT_AT_ONCE = 1_000
_RESENT_EVERY = timedelta(seconds=5)  # how late a doubt is sent again, where a policy has that
_CALENDAR_EVERY = timedelta(seconds=0.25)  # how late a scheduled campaign may begin


class SqlOutbox:
    """The messages that wait to go, as the engine's `Outbox`."""

    def __init__(  # noqa: PLR0913 (the last two are for tests and for whoever counts)
        self,
        database: Database,
        default_rate: float,
        lease: timedelta,
        entropy: Callable[[], bytes],  # 10 random bytes
        daily_cap: Decimal | None = None,
        *,
        ticks: Callable[[], float] = time.monotonic,
        tell_opt_outs: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._database = database
        self._default_rate = default_rate
        self._lease = lease
        self._ticks = ticks  # seconds of a clock that only goes forward
        self._entropy = entropy
        self._tell_opt_outs = tell_opt_outs  # how many are new, once that is committed
        self._lanes = Lanes(daily_cap)
        self._calendar = Every(_CALENDAR_EVERY)
        self._silence = Every(_RESENT_EVERY)
        self._second_look = Every(_RESENT_EVERY)
        self._is_more_silent = False

    def claim(self, room: int, now: datetime) -> Claim:
        """Take up to `room` messages that may leave about now, and mark them sending.

        Raises TryAgain, with nothing taken, when the database is away.
        """
        asked = self._ticks()
        with self._database.writing() as session:
            if self._calendar.is_due(now):
                campaign_status.watch_clock(session, now)
                campaign_status.start_due(session, now)
            turn = Turn(session, now, now + self._lease, lambda: self._ticks() - asked)
            opened = self._lanes.open(session, now)
            if len(opened) > 1:
                senders.hold_all(session, opened)
            for sender, lanes in opened.items():
                turn.serve(sender, lanes, room - len(turn.taken), self._default_rate)
            turn.counts.apply(session)
            campaign_status.finish_done(session, turn.emptied, now)
        return Claim(tuple(turn.taken), turn.ask_again_in)

    def record(self, attempts: Sequence[Attempt], now: datetime) -> None:
        """Write down what came of attempts. Raises TryAgain, with nothing written."""
        with self._database.writing() as session:
            results.set_pace(session, attempts, self._default_rate, now)
            released = results.released(session, attempts)
            opted_out = self._opt_out(session, released, now)
            message_rows.hold(session, [attempt.message.id for attempt in attempts])
            results.note(session, attempts)
            given_up = results.give_back(session, attempts, now)
            accepted, others = accept(session, attempts, now)
            news = results.news(others, now) + given_up
            touched = accepted | self._hear(session, news, released, opted_out, now)
            for campaign_id, reason in results.pauses(attempts).items():
                campaign_status.pause(session, campaign_id, campaign_status.VONAGE, reason, now)
            campaign_status.finish_done(session, touched, now)
        self._tell_opt_outs(len(opted_out))

    def sweep(self, now: datetime) -> int:
        """Mark in doubt what was being sent by a process that is gone; returns how many."""
        with self._database.writing() as session:
            lost = session.scalars(
                select(Message.id)
                .where(Message.status == MessageStatus.SENDING, Message.lease_until < now)
                .order_by(Message.lease_until)  # by id SQLite would read all messages
                .limit(_SWEPT_AT_ONCE)
                .with_for_update(skip_locked=True)
            ).all()
            reason = "the process that was sending it stopped before an answer was recorded"
            news = [Heard(each, MessageStatus.IN_DOUBT, now, reason) for each in lost]
            campaign_status.finish_done(session, messages.advance(session, news), now)
            campaign_status.clear_cancelled(session, now)
        if self._second_look.is_due(now):
            self._hear_overlooked(now)
        self._send_again(now)
        return len(lost)

    def _hear_overlooked(self, now: datetime) -> None:
        with self._database.writing() as session:
            found = journal.overlooked(session, now, _SWEPT_AT_ONCE)
            opted_out = self._opt_out(session, found, now)
            touched = self._hear(session, [], found, opted_out, now)
            campaign_status.finish_done(session, touched, now)
        self._tell_opt_outs(len(opted_out))

    def _opt_out(self, session: Session, late: Sequence[Released], now: datetime) -> list[str]:
        return receipts.opt_out(session, _said(late), now, self._entropy)

    def _hear(
        self,
        session: Session,
        news: Sequence[Heard],
        late: Sequence[Released],
        opted_out: Sequence[str],
        now: datetime,
    ) -> frozenset[str]:
        """Take in news, then receipts that came before it, as `services.receipts` takes in others.

        Returns the campaigns that may be finished.
        """
        told = [Heard.from_receipt(each.message_id, each.receipt) for each in late]
        touched = messages.advance(session, [*news, *told])
        touched |= messages.skip_all_queued(session, opted_out, OPTED_OUT, now)
        receipts.pause(session, _said(late), now)
        return touched

    def _send_again(self, now: datetime) -> None:
        """Queue the doubts of campaigns that rather text twice than not at all: some at a call."""
        if not self._silence.is_due(now) and not self._is_more_silent:
            return
        with self._database.reading() as session:
            silences = again.silences(session, now)
        queued = [self._queue_silent(silence, now) for silence in silences]
        self._is_more_silent = _SWEPT_AT_ONCE in queued

    def _queue_silent(self, silence: again.Silence, now: datetime) -> int:
        try:
            with self._database.writing() as session:
                return again.queue_silent(session, silence, now, _SWEPT_AT_ONCE)
        except Conflict:
            return 0  # cancelled in this very moment


def _said(late: Sequence[Released]) -> list[receipts.Told]:
    """What was never taken in before."""
    return [(each.message_id, each.receipt) for each in late if each.is_new]
