"""What receipts say beyond their message: this person has opted out, this account is barred.

The same for a receipt that is applied at once and for one that waited for our record.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.error_codes import ALL_WOULD_FAIL, OPTED_OUT_AT_VONAGE
from app.domain.ids import time_ordered_ids
from app.domain.message import DeliveryReceipt
from app.domain.suppression import is_pseudonym
from app.storage import campaign_status, consent, message_list

Told = tuple[str, DeliveryReceipt]
"""The id of a message of ours, and what the carrier says of it."""


def opt_out(
    session: Session, told: Sequence[Told], now: datetime, entropy: Callable[[], bytes]
) -> list[str]:
    """Vonage blocks a number at one sender; we stop writing to it from all.

    Returns the numbers for which that is new. Call it before messages are locked.
    """
    ids = [message_id for message_id, receipt in told if receipt.error_code == OPTED_OUT_AT_VONAGE]
    blocked = [message_list.find(session, each) for each in ids]
    events = [
        ConsentEvent(
            id=event_id,
            number=message.number,
            event=ConsentKind.OPT_OUT,
            method="carrier",
            wording=f"error {OPTED_OUT_AT_VONAGE}",
            at=now,
            salt=entropy().hex(),
            message_id=message.id,
            actor="Vonage",
        )
        for message, event_id in zip(blocked, time_ordered_ids(now, entropy()), strict=False)
        if message is not None and not is_pseudonym(message.number)
    ]
    recorded = consent.record(session, events) if events else []
    return [step.event.number for step in recorded if step.is_new]


def pause(session: Session, told: Sequence[Told], now: datetime) -> None:
    """Pause the campaigns of messages that were stopped by what would stop a million others."""
    for message_id, receipt in told:
        if receipt.error_code in ALL_WOULD_FAIL:
            _pause(session, message_id, receipt, now)


def _pause(session: Session, message_id: str, receipt: DeliveryReceipt, now: datetime) -> None:
    message = message_list.find(session, message_id)
    if message is not None and message.campaign_id is not None:
        why = f"{receipt.reason or 'refused'} (code {receipt.error_code}): every other message"
        reason = f"{why} would fail alike. Mend that, then resume and retry what failed."
        campaign_status.pause(session, message.campaign_id, campaign_status.VONAGE, reason, now)
