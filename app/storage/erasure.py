"""Forgets a person: whatever names it, in every table.

Rows stay where something counts them, without number and text. In place of the number stands a
pseudonym that is nobody's, and that is opted out: whatever could be sent once more is skipped by
the claim like any other opt-out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.campaign import OPTED_OUT
from app.domain.consent_ledger import PERSONAL, ConsentEvent, ConsentKind
from app.domain.message import MessageKind, MessageStatus
from app.domain.suppression import FORGOTTEN, pseudonym, spelled
from app.storage import campaign_status, consent, erased, hook_log, journal, messages, threads
from app.storage.consent_tables import ConsentHead, ConsentReview, ConsentRow
from app.storage.contact_tables import Contact, ContactTag, ListMember
from app.storage.hearing import Heard
from app.storage.import_tables import ImportProblem
from app.storage.ledgers import InboundText, OptOut, WebhookEvent
from app.storage.tables import AttemptRow, IdempotencyKey, Message, OrderPart, Refusal
from app.storage.text_tables import Click, Link

_CHUNK = 1_000  # ids a statement
_FETCHED = 100  # rows at a time of what is searched: some of them are long


@dataclass(frozen=True, slots=True)
class Traces:
    """Rows that name a number in the midst of a text, where no index leads to them."""

    journal: Sequence[str]
    answers: Sequence[str]  # kept for idempotency keys
    order_parts: Sequence[tuple[str, int]]
    bad_rows: Sequence[tuple[str, int]]  # of imports


def traces(session: Session, number: str) -> Traces:
    """Search what has to be searched. It takes a while, so it is done before anything is locked."""
    digits, writing = number.removeprefix("+"), spelled(number)
    calls = select(WebhookEvent.id).where(
        or_(WebhookEvent.body.contains(digits), cast(WebhookEvent.receipt, Text).contains(digits))
    )
    answers = select(IdempotencyKey.id, IdempotencyKey.body).where(IdempotencyKey.body.is_not(None))
    bad = select(ImportProblem.import_id, ImportProblem.row, ImportProblem.value)
    parts = select(OrderPart.campaign_id, OrderPart.position, OrderPart.recipients)
    slowly = {"yield_per": _FETCHED}
    return Traces(
        session.scalars(calls).all(),
        [
            row.id
            for row in session.execute(answers.execution_options(**slowly))
            if writing.search(row.body)
        ],
        [
            (row.campaign_id, row.position)
            for row in session.execute(parts.execution_options(**slowly))
            if writing.search(row.recipients)
        ],
        [
            (row.import_id, row.row)
            for row in session.execute(bad.execution_options(**slowly))
            if writing.search(row.value)
        ],
    )


def forget(session: Session, event: ConsentEvent, found: Traces) -> None:
    """Forget whom the event is about. Raises Conflict without a key to recognise the person by."""
    number, now = event.number, event.at
    erased.hold_off_planning(session)
    heads = consent.hold(session, [event])
    chain = heads[number].chain
    consent.record(session, [event], heads)
    erased.add(session, number, chain, now)
    name = pseudonym(chain)
    _forget_consent(session, event, chain, name)
    closed = _forget_messages(session, number, name, now)
    _forget_texts(session, number, name)
    _forget_calls(session, number, found.journal)
    _forget_orders(session, number, found)
    for table in (ContactTag, ListMember, Contact):
        session.execute(delete(table).where(table.number == number))
    campaign_status.finish_done(session, closed, now)
    threads.forget(session, number)
    hook_log.forget_person(session, number)


def _forget_consent(session: Session, event: ConsentEvent, chain: str, name: str) -> None:
    of_chain = ConsentRow.chain == chain
    ids = select(ConsentRow.id).where(of_chain)
    session.execute(
        delete(ConsentReview)
        .where(ConsentReview.event_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(ConsentRow)
        .where(of_chain, ConsentRow.event != ConsentKind.ERASE)
        .values(dict.fromkeys((*PERSONAL, "salt")))
    )
    session.execute(update(ConsentHead).where(ConsentHead.chain == chain).values(number=None))
    session.execute(delete(OptOut).where(OptOut.number == event.number))
    consent.suppress(session, name, event)


def _forget_messages(session: Session, number: str, name: str, now: datetime) -> frozenset[str]:
    """Skip what waits, and take number and text away; returns the campaigns it was the last of."""
    waiting = session.scalars(
        select(Message.id)
        .where(Message.number == number, Message.status == MessageStatus.QUEUED)
        .order_by(Message.id)
        .with_for_update()
    )
    news = [Heard(each, MessageStatus.SKIPPED, now, OPTED_OUT) for each in waiting]
    closed = messages.advance(session, news) if news else frozenset()
    # Once, as the change of a number needs it: whoever records an outcome holds a weaker lock
    # on the message while it waits for ours, and a stronger one later would be a deadlock.
    its = select(Message.id).where(Message.number == number).order_by(Message.id)
    ids = session.scalars(its.with_for_update()).all()
    digits = number.removeprefix("+")
    # The claim lets replies through to those who opted out: what is left of one must be no reply.
    session.execute(
        update(Message)
        .where(Message.number == number, Message.kind == MessageKind.REPLY)
        .values(kind=MessageKind.SINGLE)
    )
    session.execute(
        update(Message)
        .where(Message.number == number)
        .values(
            number=name,
            text="",
            hold_note=None,
            reason=func.replace(Message.reason, digits, FORGOTTEN),
        )
    )
    for start in range(0, len(ids), _CHUNK):
        _forget_of_messages(session, ids[start : start + _CHUNK], digits)
    return closed


def _forget_of_messages(session: Session, ids: Sequence[str], digits: str) -> None:
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.message_id.in_(ids), AttemptRow.reason.contains(digits))
        .values(reason=func.replace(AttemptRow.reason, digits, FORGOTTEN))
    )
    slugs = select(Link.slug).where(Link.message_id.in_(ids))
    unsynchronised = {"synchronize_session": False}
    session.execute(delete(Click).where(Click.slug.in_(slugs)).execution_options(**unsynchronised))
    session.execute(delete(Link).where(Link.message_id.in_(ids)))
    session.execute(update(WebhookEvent).where(WebhookEvent.message_id.in_(ids)).values(body=""))


def _forget_texts(session: Session, number: str, name: str) -> None:
    """The texts that the person wrote; which they were is kept, so that a repeat is known."""
    uuids = session.scalars(
        select(InboundText.message_uuid).where(InboundText.from_number == number)
    ).all()
    for start in range(0, len(uuids), _CHUNK):
        keys = [journal.inbound_key(each) for each in uuids[start : start + _CHUNK]]
        session.execute(
            update(WebhookEvent).where(WebhookEvent.event_key.in_(keys)).values(body="")
        )
    session.execute(
        update(InboundText)
        .where(InboundText.from_number == number)
        .values(from_number=name, text="")
    )


def _forget_calls(session: Session, number: str, ids: Sequence[str]) -> None:
    digits = number.removeprefix("+")
    for start in range(0, len(ids), _CHUNK):
        chosen = WebhookEvent.id.in_(ids[start : start + _CHUNK])
        session.execute(update(WebhookEvent).where(chosen).values(body=""))
        rows = session.execute(
            select(WebhookEvent.id, WebhookEvent.receipt).where(
                chosen, cast(WebhookEvent.receipt, Text).contains(digits)
            )
        ).all()
        for row in rows:
            receipt = json.loads(json.dumps(row.receipt).replace(digits, FORGOTTEN))
            session.execute(
                update(WebhookEvent).where(WebhookEvent.id == row.id).values(receipt=receipt)
            )


def _forget_orders(session: Session, number: str, found: Traces) -> None:
    """What clients named: refused entries, drafts, answers that are kept to be repeated."""
    writing = spelled(number)
    session.execute(
        update(Refusal).where(Refusal.number == number).values(number=None, value=FORGOTTEN)
    )
    for campaign_id, position in found.order_parts:
        this_part = (OrderPart.campaign_id == campaign_id) & (OrderPart.position == position)
        recipients = session.scalar(select(OrderPart.recipients).where(this_part))
        if recipients is not None:
            left = json.dumps([_unless(writing, each) for each in json.loads(recipients)])
            session.execute(update(OrderPart).where(this_part).values(recipients=left))
    for import_id, row in found.bad_rows:
        this_row = (ImportProblem.import_id == import_id) & (ImportProblem.row == row)
        session.execute(update(ImportProblem).where(this_row).values(value=FORGOTTEN))
    for key in found.answers:
        body = session.scalar(select(IdempotencyKey.body).where(IdempotencyKey.id == key))
        if body is not None:
            body = writing.sub(FORGOTTEN, body)
            session.execute(
                update(IdempotencyKey).where(IdempotencyKey.id == key).values(body=body)
            )


def _unless(writing: Any, recipient: object) -> object:
    """A recipient, or in its place something that is refused: the places of the others stay."""
    return FORGOTTEN if writing.search(json.dumps(recipient)) else recipient
