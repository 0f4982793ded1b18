"""Delivery receipts: journalled and applied in one transaction."""

import hashlib
import logging
from dataclasses import replace

from app.domain.campaign import OPTED_OUT
from app.domain.ids import is_id
from app.domain.message import DeliveryReceipt
from app.services.clock import Clock
from app.storage import campaign_status, consent, journal, message_list, messages
from app.storage.consent import NewConsentEvent
from app.storage.database import Database, Session
from app.storage.journal import NewEvent
from app.storage.messages import Heard

_log = logging.getLogger(__name__)

# "This message will not be delivered, the recipient has sent STOP" (Messages API error list).
_OPTED_OUT_AT_VONAGE = "1240"


class Receipts:
    """What the carrier says of messages."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def apply(self, body: str, receipt: DeliveryReceipt) -> None:
        """Write the receipt down and move its message forward; a repeat changes nothing.

        A receipt of a message that we do not know is kept: the record that would match it may
        still be on its way. Raises TryAgain, with nothing done, when the database is away.
        """
        now = self._clock.now()
        ids = self._clock.ids(now)
        event = NewEvent(next(ids), "status", _key(receipt), body, receipt.message_uuid)
        with self._database.writing() as session:
            message_id = _message_of(session, receipt)
            event = replace(event, message_id=message_id, receipt=receipt)
            if not journal.note(session, event, now):
                return
            if message_id is None:
                _log.info("receipt_unmatched", extra={"message_uuid": receipt.message_uuid})
                return
            touched = messages.advance(session, [Heard.from_receipt(message_id, receipt)])
            if receipt.error_code == _OPTED_OUT_AT_VONAGE:
                self._opt_out(session, message_id, next(ids))
            campaign_status.finish_done(session, touched, now)

    def keep_unread(self, body: str) -> None:
        """Keep a call that was really Vonage's and that we cannot read: a person may."""
        now = self._clock.now()
        key = f"unread:{hashlib.sha256(body.encode()).hexdigest()}"
        event = NewEvent(next(self._clock.ids(now)), "unread", key, body)
        with self._database.writing() as session:
            journal.note(session, event, now)

    def _opt_out(self, session: Session, message_id: str, event_id: str) -> None:
        """Vonage blocks the number at one sender; we stop writing to it from all."""
        now = self._clock.now()
        message = message_list.find(session, message_id)
        assert message is not None
        event = NewConsentEvent(
            event_id, message.number, "opt_out", "carrier", "error 1240", now, None
        )
        consent.add_event(session, event)
        if consent.opt_out(session, event):
            messages.skip_queued(session, message.number, OPTED_OUT, now)


def _key(receipt: DeliveryReceipt) -> str:
    subject = receipt.message_uuid or receipt.client_ref
    return f"status:{subject}:{receipt.status}:{receipt.at.isoformat()}"


def _message_of(session: Session, receipt: DeliveryReceipt) -> str | None:
    """Our id, which Vonage sends back, first: a receipt can overtake our record of Vonage's."""
    ours = receipt.client_ref
    if ours and is_id(ours) and message_list.exists(session, ours):
        return ours
    if receipt.message_uuid:
        return message_list.id_of_uuid(session, receipt.message_uuid)
    return None
