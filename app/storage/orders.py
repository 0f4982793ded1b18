"""What clients named, kept while a campaign can still be planned anew."""

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.storage.tables import OrderPart

_PART = 2_000  # recipients


def keep(session: Session, campaign_id: str, recipients: Sequence[object]) -> None:
    """Keep these recipients in place of any that were kept before."""
    drop(session, [campaign_id])
    for position in range(0, len(recipients), _PART):
        part = json.dumps(recipients[position : position + _PART])
        row = {"campaign_id": campaign_id, "position": position, "recipients": part}
        session.execute(insert(OrderPart), [row])


def recipients_of(session: Session, campaign_id: str) -> Iterator[object]:
    """The recipients that are kept, in the client's order, few of them in memory at a time."""
    parts = (
        select(OrderPart.recipients)
        .where(OrderPart.campaign_id == campaign_id)
        .order_by(OrderPart.position)
        .execution_options(yield_per=1)
    )
    for part in session.scalars(parts):
        yield from json.loads(part)


def drop(session: Session, campaign_ids: Iterable[str]) -> None:
    """Forget what was named for these: they have begun, or never will."""
    session.execute(delete(OrderPart).where(OrderPart.campaign_id.in_(sorted(campaign_ids))))
