"""Texts that people send us: kept, understood, and answered where an answer is due."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from app.domain.campaign import OPTED_OUT
from app.domain.consent import Reply, ReplyReading, read_reply
from app.domain.consent_ledger import ConsentEvent, ConsentKind, ConsentState
from app.domain.message import AT_ONCE, InboundMessage, MessageKind
from app.domain.replies import Programme
from app.domain.segments import count_segments
from app.domain.sender_consent import SenderConsent
from app.meters import Meters
from app.sending.ports import Runner
from app.services.clock import Clock
from app.services.waiting import wait_until
from app.storage import (
    campaign_status,
    campaigns,
    consent,
    hook_news,
    inbox,
    journal,
    messages,
    sender_consent,
    senders,
    threads,
)
from app.storage.consent import Recorded
from app.storage.database import Database, Session
from app.storage.journal import NewEvent
from app.storage.messages import NewMessage

_log = logging.getLogger(__name__)

# How long a STOP is not acknowledged while a message to the number is being sent: longer than
# what was claimed can take to leave (its place in the pace, and a connection in 5 seconds), and
# well within the 15 seconds that Vonage waits for us.
_PATIENCE = 6.0  # seconds
_THE_PERSON = "the person"  # who said so
_AN_ANSWER = timedelta(days=7)  # an answer later than that is not put down to the last campaign


class Inbound:
    """Receives texts."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        clock: Clock,
        programme: Programme,
        patience: float = _PATIENCE,
        meters: Meters | None = None,
    ) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._programme = programme
        self._patience = patience
        self._meters = meters or Meters()

    def receive(self, body: str, message: InboundMessage) -> None:
        """Keep the text and do what it asks for, in one transaction; a repeat changes nothing.

        STOP: from the commit on nothing is claimed for the number, and what waits for it
        anywhere is skipped; what was claimed before has left when this returns. Raises TryAgain
        when the database is away; the text may then have been kept, and a repeat is harmless.
        """
        reading = self._keep(body, message)
        if reading.reply is Reply.OPT_OUT:
            self._wait_for_what_is_leaving(message.from_number)

    def _keep(self, body: str, message: InboundMessage) -> ReplyReading:
        now = self._clock.now()
        ids = self._clock.ids(now)
        key = journal.inbound_key(message.message_uuid)
        event = NewEvent(next(ids), "inbound", key, body)
        has_left = False
        with self._database.writing() as session:
            sender = sender_consent.find(session, message.to)
            reading = _read(session, message, sender)
            if not inbox.keep(session, message, reading.reply, now):
                return reading
            journal.note(session, event, now)
            hook_news.reply_received(session, message, reading.reply.value, now)
            if reading.reply is not Reply.OTHER and message.from_number.startswith("+"):
                programme = sender.programme(self._programme)
                has_left = self._act(session, message, reading, programme, ids)
            if reading.reply is not Reply.OPT_OUT:
                campaigns.note_inbound(session, message.from_number, now - _AN_ANSWER)
            # Last, as an erasure has it: both hold the person's consent first.
            threads.note(session, message, next(ids))
        if has_left:
            self._meters.opted_out(reading.certainty or "keyword")
        _log.info("inbound_message", extra={"reading": reading.reply.value})
        self._runner.wake()
        return reading

    def _wait_for_what_is_leaving(self, number: str) -> None:
        """Once a STOP is acknowledged no request may leave: let go what was claimed before it."""

        def is_leaving() -> bool:
            with self._database.reading() as session:
                return messages.is_leaving(session, number)

        if wait_until(is_leaving(), is_leaving, lambda leaving: not leaving, self._patience):
            _log.warning("stop_overtaken", extra={"seconds": self._patience})

    def _act(
        self,
        session: Session,
        message: InboundMessage,
        reading: ReplyReading,
        programme: Programme,
        ids: Iterator[str],
    ) -> bool:
        """Do what the text asks for; has the person left, who had not before?"""
        event = ConsentEvent(
            id=next(ids),
            number=message.from_number,
            event=ConsentKind(reading.reply),
            method=reading.certainty or "keyword",
            wording=message.text,
            at=self._clock.now(),
            salt=self._clock.entropy().hex(),
            inbound_uuid=message.message_uuid,
            actor=_THE_PERSON,
        )
        senders.add(session, message.to)  # for the answer; senders are locked before messages
        (recorded,) = consent.record(session, [event])
        if recorded.after is ConsentState.OPTED_OUT and reading.reply is Reply.OPT_OUT:
            self._leave(session, recorded)
        if _is_answered(recorded):
            text = programme.answer_to(reading.reply)
            self._answer(session, message, text, next(ids))
        return recorded.is_new and recorded.event.event is ConsentKind.OPT_OUT

    def _leave(self, session: Session, recorded: Recorded) -> None:
        event = recorded.event
        touched = messages.skip_queued(session, event.number, OPTED_OUT, event.at)
        if recorded.is_new:
            campaigns.note_opt_out(session, event.number, event.at - _AN_ANSWER)
        campaign_status.finish_done(session, touched, event.at)

    def _answer(
        self, session: Session, message: InboundMessage, text: str | None, message_id: str
    ) -> None:
        if text is None:
            return
        now = self._clock.now()
        answer = NewMessage(
            id=message_id,
            kind=MessageKind.REPLY,
            number=message.from_number,
            sender=message.to,
            text=text,
            segments=count_segments(text).segments,
            due_at=AT_ONCE,
        )
        messages.add(session, [answer], now)


def _read(session: Session, message: InboundMessage, sender: SenderConsent) -> ReplyReading:
    state = consent.standing_of(session, message.from_number).state
    return read_reply(
        message.text,
        opted_out=state is ConsentState.OPTED_OUT,
        asked=state is ConsentState.PENDING,
        own=sender.words,
    )


def _is_answered(recorded: Recorded) -> bool:
    """HELP is, always. Else one answer for each change; who never left needs no welcome."""
    kind = recorded.event.event
    return kind is ConsentKind.HELP or (recorded.is_new and kind is not ConsentKind.OPT_IN)
