"""Which message of ours does a receipt mean?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ids import is_id
from app.domain.message import DeliveryReceipt
from app.storage import earlier, message_list
from app.storage.ready import Ready, is_among
from app.storage.tables import Message

_KNOWN = Ready(select(Message.id).where(is_among(Message.id, "ids")))


def messages_of(session: Session, receipts: Sequence[DeliveryReceipt]) -> list[str | None]:
    """Our id of the message of each receipt; None for what we do not know.

    By our own id, which Vonage sends back, first: a receipt can overtake our record of Vonage's.
    """
    named = {each.client_ref for each in receipts if each.client_ref and is_id(each.client_ref)}
    known = {row.id for row in _KNOWN.rows(session, ids=sorted(named))} if named else set()
    return [
        each.client_ref if each.client_ref in known else _by_their_id(session, each.message_uuid)
        for each in receipts
    ]


def _by_their_id(session: Session, message_uuid: str | None) -> str | None:
    if message_uuid is None:
        return None
    found = message_list.id_of_uuid(session, message_uuid)
    return found or earlier.message_of(session, message_uuid)
