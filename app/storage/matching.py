"""Which message of ours does a receipt mean?"""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.ids import is_id
from app.domain.message import DeliveryReceipt
from app.storage import earlier, message_list
from app.storage.tables import Message

_KNOWN = select(Message.id).where(Message.id.in_(bindparam("ids", expanding=True)))


def messages_of(session: Session, receipts: Sequence[DeliveryReceipt]) -> list[str | None]:
    """Our id of the message of each receipt; None for what we do not know.

    By our own id, which Vonage sends back, first: a receipt can overtake our record of Vonage's.
    """
    named = {each.client_ref for each in receipts if each.client_ref and is_id(each.client_ref)}
    rows = session.connection().execute(_KNOWN, {"ids": sorted(named)}) if named else None
    known = set(rows.scalars()) if rows else set()
    return [
        each.client_ref if each.client_ref in known else _by_their_id(session, each.message_uuid)
        for each in receipts
    ]


def _by_their_id(session: Session, message_uuid: str | None) -> str | None:
    if message_uuid is None:
        return None
    found = message_list.id_of_uuid(session, message_uuid)
    return found or earlier.message_of(session, message_uuid)
