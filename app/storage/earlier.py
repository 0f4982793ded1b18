"""The earlier tries of messages that were queued again, as the history of attempts has them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.message import MessageStatus
from app.domain.second_try import EarlierTry
from app.storage.tables import AttemptRow


def of_messages(session: Session, ids: Iterable[str]) -> Mapping[str, Sequence[EarlierTry]]:
    """The earlier tries of each of these messages, oldest first."""
    wanted = sorted(ids)
    found: dict[str, list[EarlierTry]] = defaultdict(list)
    if not wanted:
        return found
    rows = session.execute(
        select(
            *(AttemptRow.message_id, AttemptRow.number, AttemptRow.status),
            *(AttemptRow.code, AttemptRow.message_uuid, AttemptRow.price),
        )
        .where(AttemptRow.message_id.in_(wanted), AttemptRow.status.is_not(None))
        .order_by(AttemptRow.message_id, AttemptRow.number)
    )
    for message_id, number, status, code, message_uuid, price in rows:
        known = EarlierTry(number, MessageStatus(str(status)), code, message_uuid, price)
        found[message_id].append(known)
    return found


def learn(
    session: Session, message_id: str, attempt: int, message_uuid: str | None, price: Decimal | None
) -> None:
    """Keep what was heard late of an earlier try; what is known stays."""
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.message_id == message_id, AttemptRow.number == attempt)
        .values(
            message_uuid=func.coalesce(AttemptRow.message_uuid, message_uuid),
            price=func.coalesce(AttemptRow.price, price),
        )
        .execution_options(synchronize_session=False)
    )


def message_of(session: Session, message_uuid: str) -> str | None:
    """Our id of the message that an earlier try sent under this id of Vonage's."""
    found = select(AttemptRow.message_id).where(AttemptRow.message_uuid == message_uuid)
    return session.execute(found).scalar()
