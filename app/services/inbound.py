"""Texts that people send us: kept, understood, and answered where an answer is due."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from app.domain.campaign import OPTED_OUT
from app.domain.consent import Reply, ReplyReading, read_reply
from app.domain.message import AT_ONCE, InboundMessage, MessageKind
from app.domain.replies import Programme
from app.domain.segments import count_segments
from app.sending.ports import Runner
from app.services.clock import Clock
from app.storage import campaign_status, campaigns, consent, inbox, journal, messages, senders
from app.storage.consent import NewConsentEvent
from app.storage.database import Database, Session
from app.storage.journal import NewEvent
from app.storage.messages import NewMessage

_log = logging.getLogger(__name__)

_AN_ANSWER = timedelta(days=7)  # a STOP later than that is not put down to the last campaign


class Inbound:
    """Receives texts."""

    def __init__(
        self, database: Database, runner: Runner, clock: Clock, programme: Programme
    ) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._programme = programme

    def receive(self, body: str, message: InboundMessage) -> None:
        """Keep the text and do what it asks for, in one transaction; a repeat changes nothing.

        STOP: from the commit on nothing is claimed for the number, and what waits for it
        anywhere is skipped. Raises TryAgain, with nothing done, when the database is away.
        """
        now = self._clock.now()
        ids = self._clock.ids(now)
        event = NewEvent(next(ids), "inbound", f"inbound:{message.message_uuid}", body)
        with self._database.writing() as session:
            stopped = bool(consent.opted_out(session, [message.from_number]))
            reading = read_reply(message.text, opted_out=stopped)
            if not inbox.keep(session, message, reading.reply, now):
                return
            journal.note(session, event, now)
            if reading.reply is not Reply.OTHER and message.from_number.startswith("+"):
                self._act(session, message, reading, ids)
        _log.info("inbound_message", extra={"reading": reading.reply.value})
        self._runner.wake()

    def _act(
        self,
        session: Session,
        message: InboundMessage,
        reading: ReplyReading,
        ids: Iterator[str],
    ) -> None:
        event = NewConsentEvent(
            id=next(ids),
            number=message.from_number,
            event=reading.reply,
            method=reading.certainty or "keyword",
            wording=message.text,
            at=self._clock.now(),
            inbound_uuid=message.message_uuid,
        )
        consent.add_event(session, event)
        if self._apply(session, event, reading.reply):
            self._answer(session, message, reading.reply, next(ids))

    def _apply(self, session: Session, event: NewConsentEvent, reply: Reply) -> bool:
        """Change the state of consent; tells whether an answer is due (one for each change)."""
        if reply is Reply.OPT_IN:
            return consent.opt_in(session, event.number)
        if reply is Reply.OPT_OUT:
            is_new = consent.opt_out(session, event)
            touched = messages.skip_queued(session, event.number, OPTED_OUT, event.at)
            if is_new:
                campaigns.note_opt_out(session, event.number, event.at - _AN_ANSWER)
            campaign_status.finish_done(session, touched, event.at)
            return is_new
        return True

    def _answer(
        self, session: Session, message: InboundMessage, reply: Reply, message_id: str
    ) -> None:
        text = self._programme.answer_to(reply)
        if text is None:
            return
        now = self._clock.now()
        senders.add(session, message.to)
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
