"""All that the tables hold about a number; every statement finds its rows by an index."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.consent_ledger import ConsentState
from app.domain.history import (
    History,
    KnownAttempt,
    KnownCampaign,
    KnownCampaignEvent,
    KnownConsent,
    KnownContact,
    KnownMessage,
    KnownReceipt,
    KnownRefusal,
    KnownText,
)
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageKind, MessageStatus, OutcomeKind
from app.domain.policy import Policy
from app.domain.timeline import Source
from app.storage import consent, journal, links
from app.storage.consent_tables import ConsentRow
from app.storage.contact_tables import Contact
from app.storage.database import AnyRow
from app.storage.ledgers import CampaignEvent, InboundText, WebhookEvent
from app.storage.tables import AttemptRow, Campaign, Message, Refusal


def read(session: Session, number: str, limit: int) -> History:
    """What is known about a number, of each kind the newest `limit`."""
    found = _messages(session, number, limit)
    ids = [message.id for message in found]
    refused = _refusals(session, number, limit)
    named = {m.campaign_id for m in found if m.campaign_id} | {r.campaign_id for r in refused}
    return History(
        is_opted_out=consent.standing_of(session, number).state is ConsentState.OPTED_OUT,
        contact=_contact(session, number),
        campaigns=_campaigns(session, named),
        campaign_events=_campaign_events(session, named, limit),
        messages=found,
        attempts=_attempts(session, ids, limit),
        receipts=_receipts(session, ids, limit),
        consents=_consents(session, number, limit),
        texts=_texts(session, number, limit),
        refusals=refused,
        clicks=links.clicks_on(session, ids, limit) if ids else (),
    )


def _newest(session: Session, statement: Select[Any], order: Any, limit: int) -> list[AnyRow]:
    """The newest rows, the oldest of them first."""
    rows = session.execute(statement.order_by(*(each.desc() for each in order)).limit(limit))
    return list(reversed(rows.all()))


def _columns(table: Any, value: Any, *but: str) -> list[Any]:
    names = (name for name in value.__dataclass_fields__ if name not in but)
    return [getattr(table, name) for name in names]


def _contact(session: Session, number: str) -> KnownContact | None:
    statement = select(Contact.fields, Contact.created_at, Contact.updated_at)
    row = session.execute(statement.where(Contact.number == number)).first()
    return KnownContact(tuple(row.fields), row.created_at, row.updated_at) if row else None


def _messages(session: Session, number: str, limit: int) -> tuple[KnownMessage, ...]:
    statement = select(*_columns(Message, KnownMessage)).where(Message.number == number)
    rows = _newest(session, statement, [Message.created_at, Message.id], limit)
    return tuple(
        KnownMessage(
            **{
                **row._mapping,
                "kind": MessageKind(row.kind),
                "status": MessageStatus(row.status),
            }
        )
        for row in rows
    )


def _campaigns(session: Session, ids: Collection[str]) -> Mapping[str, KnownCampaign]:
    statement = select(*_columns(Campaign, KnownCampaign, "canary"), Campaign.policy)
    rows = session.execute(statement.where(Campaign.id.in_(sorted(ids)))) if ids else ()
    return {row.id: _campaign(row) for row in rows}


def _campaign(row: AnyRow) -> KnownCampaign:
    values = {name: value for name, value in row._mapping.items() if name != "policy"}
    canary = Policy.from_json(row.policy).canary
    return KnownCampaign(**{**values, "status": CampaignStatus(row.status), "canary": canary})


def _campaign_events(
    session: Session, ids: Collection[str], limit: int
) -> tuple[KnownCampaignEvent, ...]:
    if not ids:
        return ()
    statement = select(*_columns(CampaignEvent, KnownCampaignEvent)).where(
        CampaignEvent.campaign_id.in_(sorted(ids))
    )
    rows = _newest(session, statement, [CampaignEvent.at, CampaignEvent.id], limit)
    return tuple(
        KnownCampaignEvent(**{**row._mapping, "source": Source(row.source)}) for row in rows
    )


def _attempts(session: Session, ids: Collection[str], limit: int) -> tuple[KnownAttempt, ...]:
    if not ids:
        return ()
    statement = select(*_columns(AttemptRow, KnownAttempt)).where(AttemptRow.message_id.in_(ids))
    rows = _newest(session, statement, [AttemptRow.ended_at, AttemptRow.number], limit)
    return tuple(
        KnownAttempt(**{**row._mapping, "outcome": OutcomeKind(row.outcome)}) for row in rows
    )


def _receipts(session: Session, ids: Collection[str], limit: int) -> tuple[KnownReceipt, ...]:
    if not ids:
        return ()
    statement = select(
        *(WebhookEvent.id, WebhookEvent.message_id, WebhookEvent.message_uuid),
        *(WebhookEvent.received_at, WebhookEvent.receipt),
    ).where(WebhookEvent.message_id.in_(ids))
    rows = _newest(session, statement, [WebhookEvent.received_at, WebhookEvent.id], limit)
    return tuple(
        KnownReceipt(
            row.id,
            row.message_id,
            row.received_at,
            replace(journal.receipt_from_json(row.receipt), message_uuid=row.message_uuid),
        )
        for row in rows
    )


def _consents(session: Session, number: str, limit: int) -> tuple[KnownConsent, ...]:
    statement = select(*_columns(ConsentRow, KnownConsent)).where(ConsentRow.number == number)
    rows = _newest(session, statement, [ConsentRow.at, ConsentRow.id], limit)
    return tuple(KnownConsent(**row._mapping) for row in rows)


def _texts(session: Session, number: str, limit: int) -> tuple[KnownText, ...]:
    statement = select(*_columns(InboundText, KnownText, "event_id")).where(
        InboundText.from_number == number
    )
    order = [InboundText.received_at, InboundText.message_uuid]
    rows = _newest(session, statement, order, limit)
    events = _inbound_events(session, [row.message_uuid for row in rows])
    return tuple(
        KnownText(**row._mapping, event_id=events.get(journal.inbound_key(row.message_uuid)))
        for row in rows
    )


def _inbound_events(session: Session, uuids: Iterable[str]) -> Mapping[str, str]:
    keys = [journal.inbound_key(each) for each in uuids]
    if not keys:
        return {}
    statement = select(WebhookEvent.event_key, WebhookEvent.id)
    rows = session.execute(statement.where(WebhookEvent.event_key.in_(keys)))
    return {row.event_key: row.id for row in rows}


def _refusals(session: Session, number: str, limit: int) -> tuple[KnownRefusal, ...]:
    statement = select(*_columns(Refusal, KnownRefusal)).where(Refusal.number == number)
    rows = _newest(session, statement, [Refusal.campaign_id, Refusal.position], limit)
    return tuple(KnownRefusal(**row._mapping) for row in rows)
