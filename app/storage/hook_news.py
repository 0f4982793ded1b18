"""Facts that endpoints asked for, written beside them in the same transaction.

Without an endpoint that asks for it, a fact costs one look at a table of at most 20 rows, and
only where something came to its end.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.hooks import HookEvent, HookFact, HookStatus
from app.domain.message import AT_ONCE, InboundMessage
from app.domain.suppression import is_pseudonym
from app.storage import bulk
from app.storage.counts import counts_of
from app.storage.hook_tables import HookDeliveryRow, HookEndpointRow
from app.storage.ready import Ready
from app.storage.tables import Campaign

_NAMESPACE = uuid.UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
_LISTENING = Ready(
    select(HookEndpointRow.id, HookEndpointRow.events).where(HookEndpointRow.is_enabled)
)


def listening(session: Session, event: HookEvent) -> list[str]:
    """The endpoints that want to be told of such events now."""
    return [row.id for row in _LISTENING.rows(session) if event in row.events]


def tell(
    session: Session, event: HookEvent, endpoints: Sequence[str], facts: Iterable[HookFact]
) -> None:
    """Queue these facts for these endpoints."""
    bulk.insert(session, HookDeliveryRow, _rows(event, endpoints, facts))


def _rows(
    event: HookEvent, endpoints: Sequence[str], facts: Iterable[HookFact]
) -> Iterator[dict[str, Any]]:
    for fact in facts:
        told = {"type": event.value, "timestamp": _time(fact.at), "data": fact.data}
        row = {
            # Made of the fact, so that endpoints of one client can tell that it is the same.
            "event_id": str(uuid.uuid5(_NAMESPACE, f"{event}|{fact.key}|{fact.at.isoformat()}")),
            "event": event.value,
            "at": fact.at,
            "number": fact.number,
            "body": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
            "status": HookStatus.WAITING.value,
            "attempts": 0,
            "due_at": AT_ONCE,
        }
        for endpoint in endpoints:
            yield {"endpoint_id": endpoint, **row}


class EndedMessage(NamedTuple):
    """A message that came to its end."""

    id: str
    campaign_id: str | None
    number: str
    status: str
    at: datetime
    reason: str | None
    more: Mapping[str, Any] = {}  # error_code, message_uuid, price, currency, billed_segments


_FACTS = ("error_code", "message_uuid", "price", "currency", "billed_segments")


def messages_ended(session: Session, ended: Sequence[EndedMessage]) -> None:
    """Tell of messages that nothing more is expected of."""
    if ended and (endpoints := listening(session, HookEvent.MESSAGE_FINAL)):
        facts = (_of_message(each) for each in ended if not is_pseudonym(each.number))
        tell(session, HookEvent.MESSAGE_FINAL, endpoints, facts)


def _of_message(ended: EndedMessage) -> HookFact:
    more = {name: ended.more.get(name) for name in _FACTS}
    price = more["price"]
    data = {
        "message_id": ended.id,
        "campaign_id": ended.campaign_id,
        "to": ended.number,
        "status": str(ended.status),
        "reason": ended.reason,
        **more,
        "price": None if price is None else f"{price.normalize():f}",
    }
    return HookFact(f"{ended.id}|{ended.status}", ended.at, data, ended.number)


def campaigns_ended(session: Session, ids: Sequence[str], now: datetime) -> None:
    """Tell of campaigns of which nothing is queued or being sent any more."""
    if not ids or not (endpoints := listening(session, HookEvent.CAMPAIGN_FINISHED)):
        return
    counts = counts_of(session, ids)
    names = ("id", "name", "status", "recipient_count", "started_at")
    columns = [getattr(Campaign, name) for name in names]
    rows = session.execute(select(*columns).where(Campaign.id.in_(ids)).order_by(Campaign.id))
    facts = [
        HookFact(
            row.id,
            now,
            {
                "campaign_id": row.id,
                "name": row.name,
                "status": row.status,
                "recipient_count": row.recipient_count,
                "started_at": _time(row.started_at) if row.started_at else None,
                "finished_at": _time(now),
                "messages": {name.value: count for name, count in counts[row.id].items() if count},
            },
        )
        for row in rows
    ]
    tell(session, HookEvent.CAMPAIGN_FINISHED, endpoints, facts)


def reply_received(session: Session, message: InboundMessage, reading: str, now: datetime) -> None:
    """Tell of a text that somebody sent to us."""
    if not (endpoints := listening(session, HookEvent.REPLY_RECEIVED)):
        return
    data = {
        "message_uuid": message.message_uuid,
        "from": message.from_number,
        "to": message.to,
        "text": message.text,
        "reading": reading,
        "sent_at": _time(message.at),
    }
    fact = HookFact(message.message_uuid, now, data, message.from_number)
    tell(session, HookEvent.REPLY_RECEIVED, endpoints, [fact])


def opted_out(session: Session, events: Sequence[ConsentEvent]) -> None:
    """Tell of people who are not to be written to any more; of those who are forgotten nothing."""
    told = [event for event in events if event.event is not ConsentKind.ERASE]
    if told and (endpoints := listening(session, HookEvent.OPTED_OUT)):
        facts = [HookFact(each.id, each.at, _of_consent(each), each.number) for each in told]
        tell(session, HookEvent.OPTED_OUT, endpoints, facts)


def _of_consent(event: ConsentEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "method": event.method,
        "scope": event.scope,
        "consent_event_id": event.id,
        "message_id": event.message_id,
        "at": _time(event.at),
    }


def _time(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
