"""Delivery receipts: journalled and applied in one transaction."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum, auto

from app.domain.campaign import OPTED_OUT
from app.domain.message import DeliveryReceipt
from app.meters import Meters
from app.services.clock import Clock
from app.services.together import Together
from app.storage import campaign_status, journal, messages, receipts
from app.storage.database import Database, Session
from app.storage.journal import NewEvent
from app.storage.matching import messages_of
from app.storage.messages import Heard

_log = logging.getLogger(__name__)

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

    def apply_group(self, told: Sequence[Told]) -> list[Callable[[], Reception]]:
        """The same for receipts that came together: what answers each, or raises its error."""
        return self._together.do_all(told)

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
            taken_in, left = self._take_in(session, heard, now)
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
        alike: Counter[tuple[str, str | None, str]] = Counter()
        for (_, receipt), reception in zip(told, receptions, strict=True):
            alike[receipt.status.value, receipt.error_code, reception.name.lower()] += 1
            if reception is not Reception.REPEATED:
                self._meters.lagged((now - receipt.at).total_seconds())
        for (status, code, name), count in alike.items():
            self._meters.heard(status, code, name, count)

    def _take_in(
        self, session: Session, told: Sequence["_TakenIn"], now: datetime
    ) -> tuple[list[Reception], int]:
        """What each receipt was, and how many people the carrier says have left."""
        said = [(heard.message_id, receipt) for _, receipt, heard in told]
        opted_out = receipts.opt_out(session, said, now, self._clock.entropy)
        applied = messages.apply(session, [heard for _, _, heard in told])
        skipped = messages.skip_all_queued(session, opted_out, OPTED_OUT, now)
        for event, _, heard in told:
            if any(heard is each for each in applied.unclear):
                journal.hold(session, event.id)
        receipts.pause(session, said, now)
        campaign_status.finish_done(session, applied.closed | skipped, now)
        taken_in = [
            Reception.SETTLED if heard.message_id in applied.settled else Reception.MATCHED
            for _, _, heard in told
        ]
        return taken_in, len(opted_out)

    def keep_unread(self, body: str) -> None:
        """Keep a call that was really Vonage's and that we cannot read: a person may."""
        now = self._clock.now()
        key = f"unread:{hashlib.sha256(body.encode()).hexdigest()}"
        event = NewEvent(next(self._clock.ids(now)), "unread", key, body)
        with self._database.writing() as session:
            journal.note(session, event, now)


_TakenIn = tuple[NewEvent, DeliveryReceipt, Heard]


def _key(receipt: DeliveryReceipt) -> str:
    """Equal for calls that tell the same.

    Our id comes first: what was sent together then stands together in the index. By Vonage's ids,
    which are in no order, each receipt would write a page of its own.
    """
    subject = ":".join(filter(None, (receipt.client_ref, receipt.message_uuid)))
    return f"status:{subject}:{receipt.status}:{receipt.at.isoformat()}"
