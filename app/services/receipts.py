"""Delivery receipts: journalled and applied in one transaction."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum, auto

from app.domain.campaign import OPTED_OUT
from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.error_codes import ALL_WOULD_FAIL
from app.domain.message import DeliveryReceipt
from app.domain.suppression import is_pseudonym
from app.meters import Meters
from app.services.clock import Clock
from app.services.together import Together
from app.storage import campaign_status, consent, journal, message_list, messages
from app.storage.database import Database, Session
from app.storage.journal import NewEvent
from app.storage.matching import messages_of
from app.storage.messages import Heard

_log = logging.getLogger(__name__)

# "This message will not be delivered, the recipient has sent STOP" (Messages API error list).
_OPTED_OUT_AT_VONAGE = "1240"
_AT_ONCE = 100  # receipts that share a transaction

Told = tuple[str, DeliveryReceipt]
"""A receipt, and the body that it was read from."""


class Reception(Enum):
    """What a receipt was to us."""

    REPEATED = auto()  # heard before
    UNKNOWN = auto()  # of no message of ours
    MATCHED = auto()
    SETTLED = auto()  # its message was in doubt until now


class Receipts:
    """What the carrier says of messages."""

    def __init__(self, database: Database, clock: Clock, meters: Meters | None = None) -> None:
        self._database = database
        self._clock = clock
        self._meters = meters or Meters()
        self._together = Together(self._apply_all, _AT_ONCE)

    def apply(self, body: str, receipt: DeliveryReceipt) -> Reception:
        """Write the receipt down and move its message forward; a repeat changes nothing.

        A receipt of a message that we do not know is kept: the record that would match it may
        still be on its way. Receipts that come at the same moment share a transaction. Raises
        TryAgain, with nothing done, when the database is away.
        """
        return self._together.do((body, receipt))

    def apply_known(self, told: Sequence[Told]) -> list[Reception]:
        """The same for many, each with its body; of those we do not know nothing is kept."""
        return self._apply_all(told, keep_unknown=False)

    def _apply_all(self, told: Sequence[Told], *, keep_unknown: bool = True) -> list[Reception]:
        now = self._clock.now()
        ids = self._clock.ids(now)
        with self._database.writing() as session:
            found = messages_of(session, [receipt for _, receipt in told])
            events = [
                NewEvent(
                    next(ids), "status", _key(receipt), body, receipt.message_uuid, ours, receipt
                )
                for (body, receipt), ours in zip(told, found, strict=True)
            ]
            kept = [event for event in events if keep_unknown or event.message_id is not None]
            new = journal.note_all(session, kept, now)
            heard = [
                (event, event.receipt, Heard.from_receipt(event.message_id, event.receipt))
                for event in kept
                if event.id in new and event.message_id is not None and event.receipt is not None
            ]
            taken_in, left = self._take_in(session, heard, ids, now)
        self._meters.opted_out("carrier", left)
        receptions = {event.id: Reception.REPEATED for event in kept if event.id not in new}
        receptions |= {
            event.id: is_what for (event, _, _), is_what in zip(heard, taken_in, strict=True)
        }
        for event in kept:
            if event.id not in receptions:
                _log.info("receipt_unmatched", extra={"message_uuid": event.message_uuid})
        told_us = [receptions.get(event.id, Reception.UNKNOWN) for event in events]
        self._count(told, told_us)
        return told_us

    def _count(self, told: Sequence[Told], receptions: Sequence[Reception]) -> None:
        now = self._clock.now()
        for (_, receipt), reception in zip(told, receptions, strict=True):
            is_new = reception is not Reception.REPEATED
            lag = (now - receipt.at).total_seconds() if is_new else None
            name = reception.name.lower()
            self._meters.heard(receipt.status.value, receipt.error_code, name, lag)

    def _take_in(
        self, session: Session, told: Sequence["_TakenIn"], ids: Iterator[str], now: datetime
    ) -> tuple[list[Reception], int]:
        """What each receipt was, and how many people the carrier says have left."""
        blocked = [
            heard.message_id
            for _, receipt, heard in told
            if receipt.error_code == _OPTED_OUT_AT_VONAGE
        ]
        opted_out = self._opt_out(session, blocked, ids, now)  # locked before messages
        applied = messages.apply(session, [heard for _, _, heard in told])
        skipped = messages.skip_all_queued(session, opted_out, OPTED_OUT, now)
        for event, receipt, heard in told:
            if any(heard is each for each in applied.unclear):
                journal.hold(session, event.id)
            if receipt.error_code in ALL_WOULD_FAIL:
                self._pause(session, heard.message_id, receipt, now)
        campaign_status.finish_done(session, applied.closed | skipped, now)
        receptions = [
            Reception.SETTLED if heard.message_id in applied.settled else Reception.MATCHED
            for _, _, heard in told
        ]
        return receptions, len(opted_out)

    def _pause(
        self, session: Session, message_id: str, receipt: DeliveryReceipt, now: datetime
    ) -> None:
        """What stopped this message would stop a million others, one by one."""
        message = message_list.find(session, message_id)
        if message is not None and message.campaign_id is not None:
            why = f"{receipt.reason or 'refused'} (code {receipt.error_code}): every other message"
            reason = f"{why} would fail alike. Mend that, then resume and retry what failed."
            campaign_status.pause(session, message.campaign_id, campaign_status.VONAGE, reason, now)

    def keep_unread(self, body: str) -> None:
        """Keep a call that was really Vonage's and that we cannot read: a person may."""
        now = self._clock.now()
        key = f"unread:{hashlib.sha256(body.encode()).hexdigest()}"
        event = NewEvent(next(self._clock.ids(now)), "unread", key, body)
        with self._database.writing() as session:
            journal.note(session, event, now)

    def _opt_out(
        self, session: Session, message_ids: Sequence[str], ids: Iterator[str], now: datetime
    ) -> list[str]:
        """Vonage blocks the number at one sender; we stop writing to it from all.

        Returns the numbers for which that is new.
        """
        blocked = [message_list.find(session, each) for each in message_ids]
        events = [
            ConsentEvent(
                id=next(ids),
                number=message.number,
                event=ConsentKind.OPT_OUT,
                method="carrier",
                wording="error 1240",
                at=now,
                salt=self._clock.entropy().hex(),
                message_id=message.id,
                actor="Vonage",
            )
            for message in blocked
            if message is not None and not is_pseudonym(message.number)
        ]
        recorded = consent.record(session, events) if events else []
        return [step.event.number for step in recorded if step.is_new]


_TakenIn = tuple[NewEvent, DeliveryReceipt, Heard]


def _key(receipt: DeliveryReceipt) -> str:
    subject = receipt.message_uuid or receipt.client_ref
    return f"status:{subject}:{receipt.status}:{receipt.at.isoformat()}"
