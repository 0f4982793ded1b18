"""The consent ledger, and who may not be written to because of it.

Whoever adds to a chain holds its head first, so that two never add the same place. Heads are
locked after senders and before messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.consent_chain import BEGINNING, Head, sealed
from app.domain.consent_ledger import (
    REVIEWED,
    ConsentEvent,
    ConsentKind,
    ConsentState,
    recorded_as,
    state_after,
)
from app.storage import erased, hook_news, within
from app.storage.consent_tables import ConsentHead, ConsentReview, ConsentRow
from app.storage.ledgers import OptOut
from app.storage.upsert import insert as upsert

_CHUNK = 50_000  # numbers a query, so that a million never travel at once
_ROWS = 5_000  # rows a statement


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one event did."""

    event: ConsentEvent
    before: ConsentState
    after: ConsentState

    @property
    def is_new(self) -> bool:
        """Did it change anything?"""
        return self.before is not self.after


Heads = dict[str, Head]
"""Ends of chains by number, held until the transaction ends."""


def hold(session: Session, events: Sequence[ConsentEvent]) -> Heads:
    """The ends of the chains that these events belong to; begun where there are none."""
    first = {event.number: event for event in reversed(events)}
    heads: Heads = {}
    for chunk in _chunks(sorted(first)):
        _begin(session, [first[number] for number in chunk])
        rows = session.execute(
            select(*_HEAD)
            .where(ConsentHead.number.in_(chunk))
            .order_by(ConsentHead.number)
            .with_for_update()
        )
        heads |= {row.number: _head(row) for row in rows}
    for number in erased.among(session, sorted(heads)):
        if heads[number].place == 0:  # whoever was forgotten and returns has left before
            heads[number] = replace(heads[number], state=ConsentState.OPTED_OUT)
    return heads


def record(
    session: Session, events: Sequence[ConsentEvent], heads: Heads | None = None
) -> list[Recorded]:
    """Add to the ledger, and to what it comes to. Nothing there is ever changed."""
    heads = hold(session, events) if heads is None else heads
    done, rows, changed = [], [], {}
    for event in events:
        head = heads[event.number]
        step, row = _step(event, head)
        done.append(step)
        rows.append(row)
        heads[event.number] = replace(head, state=step.after, place=row["place"], seal=row["seal"])
        changed[event.number] = step
    for chunk in _chunks(rows):
        session.execute(insert(ConsentRow), chunk)
    _move_heads(session, done, heads)
    _list_for_review(session, done)
    _project(session, changed)
    left = [step for step in done if step.is_new and step.after is ConsentState.OPTED_OUT]
    hook_news.opted_out(session, [step.event for step in left])
    return done


def opted_out(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those among the numbers that nobody may write to, forgotten ones included.

    Nobody is forgotten between this and the end of the transaction. Raises Conflict when some
    cannot be recognised.
    """
    erased.plan_now(session)
    erased.require_keys(session)
    return stopped(session, numbers) | erased.among(session, numbers).keys()


def stopped(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those among the numbers that have opted out and are not forgotten."""
    found: set[str] = set()
    for start in range(0, len(numbers), _CHUNK):
        found.update(within.chosen(session, OptOut.number, numbers[start : start + _CHUNK]))
    return found


def suppress(session: Session, name: str, event: ConsentEvent) -> None:
    """Let nothing leave to the name that stands in place of a number."""
    row = {"number": name, "at": event.at, "event_id": event.id}
    session.execute(upsert(session, OptOut).on_conflict_do_nothing(), [row])


def _begin(session: Session, events: Sequence[ConsentEvent]) -> None:
    rows = [
        {
            "chain": event.id,
            "number": event.number,
            "state": ConsentState.NONE,
            "since": event.at,
            "place": 0,
            "seal": BEGINNING,
        }
        for event in events
    ]
    session.execute(upsert(session, ConsentHead).on_conflict_do_nothing(), rows)


def _step(event: ConsentEvent, head: Head) -> tuple[Recorded, dict[str, Any]]:
    kind = recorded_as(event.event, head.state, was_texted=event.inbound_uuid is not None)
    event = replace(event, event=kind)
    row = {name: getattr(event, name) for name in ConsentEvent.__dataclass_fields__}
    row |= {"chain": head.chain, "place": head.place + 1, "event": kind.value}
    if kind is ConsentKind.ERASE:
        row["number"] = None  # it is the one row that outlives the person's part of the others
    step = Recorded(event, head.state, state_after(head.state, kind))
    return step, sealed(row, head.seal)


def _move_heads(session: Session, done: Sequence[Recorded], heads: Heads) -> None:
    """Where the chains end now. Only what changes the state changes since when it holds."""
    last = {step.event.number: step for step in done}
    told = {step.event.number: step for step in done if step.event.event is not ConsentKind.HELP}
    session.execute(
        update(ConsentHead),
        [
            {"chain": heads[number].chain, "place": heads[number].place, "seal": heads[number].seal}
            for number in last
        ],
    )
    if told:
        session.execute(update(ConsentHead), [_state_row(step, heads) for step in told.values()])


def _state_row(step: Recorded, heads: Heads) -> dict[str, Any]:
    return {
        "chain": heads[step.event.number].chain,
        "state": step.after,
        "since": step.event.at,
        "expires_at": step.event.expires_at,
    }


def _list_for_review(session: Session, done: Sequence[Recorded]) -> None:
    unsure = [
        {"event_id": step.event.id}
        for step in done
        if step.is_new and step.event.event is ConsentKind.OPT_OUT and step.event.method in REVIEWED
    ]
    if unsure:
        session.execute(insert(ConsentReview), unsure)


def _project(session: Session, changed: Mapping[str, Recorded]) -> None:
    """Bring the table that every claim asks to what the ledger says."""
    out = [step for step in changed.values() if step.after is ConsentState.OPTED_OUT]
    rows = [
        {"number": step.event.number, "at": step.event.at, "event_id": step.event.id}
        for step in out
    ]
    for chunk in _chunks(rows):
        session.execute(upsert(session, OptOut).on_conflict_do_nothing(), chunk)
    back = [number for number, step in changed.items() if step.after is not ConsentState.OPTED_OUT]
    for chunk in _chunks(back):
        session.execute(delete(OptOut).where(OptOut.number.in_(chunk)))
    if returned := [number for number in back if changed[number].event.event in _RETURNS]:
        erased.forget(session, returned)


_RETURNS = frozenset({ConsentKind.RE_OPT_IN, ConsentKind.OPT_IN, ConsentKind.CONFIRMED})
_HEAD = tuple(getattr(ConsentHead, name) for name in Head.__dataclass_fields__)


def _head(row: Any) -> Head:
    return Head(row.chain, row.number, ConsentState(row.state), row.place, row.seal)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the consent of a number stands."""

    chain: str | None
    state: ConsentState
    since: datetime | None
    expires_at: datetime | None


NOTHING_KNOWN = Standing(None, ConsentState.NONE, None, None)


def standing_of(session: Session, number: str) -> Standing:
    """Where the consent of a number stands; of somebody forgotten, that."""
    names = Standing.__dataclass_fields__
    row = session.execute(
        select(*(getattr(ConsentHead, name) for name in names)).where(
            ConsentHead.number == number, ConsentHead.place > 0
        )
    ).first()
    if row is not None:
        return Standing(**{**row._mapping, "state": ConsentState(row.state)})
    known = erased.among(session, [number]).get(number)
    if known is not None:
        return Standing(known.chain, ConsentState.OPTED_OUT, known.at, None)
    return NOTHING_KNOWN
