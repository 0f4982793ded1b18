"""Every chain of the ledger in turn, to be proved; and the state brought to what they say."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from app.domain.consent_chain import Flaw, Head
from app.domain.consent_ledger import ConsentKind, ConsentState, replayed
from app.domain.suppression import pseudonym
from app.storage.consent_tables import ConsentHead, ConsentRow
from app.storage.ledgers import OptOut

_FETCHED = 1_000  # rows at a time: the ledger may be larger than memory
_ROW = tuple(column.label(f"row_{column.key}") for column in ConsentRow.__table__.columns)
_HEAD = tuple(getattr(ConsentHead, name).label(name) for name in Head.__dataclass_fields__)

Chain = tuple[list[Mapping[str, Any]], Head | None]
"""The rows of one chain in order, and its recorded end."""


def chains(session: Session) -> Iterator[Chain]:
    """All chains that have rows, in one look at the database."""
    statement = (
        select(*_ROW, *_HEAD)
        .outerjoin(ConsentHead, ConsentHead.chain == ConsentRow.chain)
        .order_by(ConsentRow.chain, ConsentRow.place)
        .execution_options(yield_per=_FETCHED)
    )
    found = session.execute(statement).mappings()
    for _, rows in groupby(found, key=lambda row: row["row_chain"]):
        listed = list(rows)
        yield [_plain(row) for row in listed], _head(listed[0])


def without_rows(session: Session) -> Flaw | None:
    """A chain of which only the recorded end is left."""
    is_begun = exists().where(ConsentRow.chain == ConsentHead.chain)
    row = session.execute(
        select(ConsentHead.chain, ConsentHead.place)
        .where(ConsentHead.place > 0, ~is_begun)
        .order_by(ConsentHead.chain)
        .limit(1)
    ).first()
    return Flaw(row.chain, 1, None, f"rows 1 to {row.place} are missing") if row else None


def disagreement(session: Session) -> Flaw | None:
    """Somebody who opted out and could be written to, or the other way round."""
    is_out = exists().where(OptOut.number == ConsentHead.number)
    wants_out = ConsentHead.state == ConsentState.OPTED_OUT
    row = session.execute(
        select(ConsentHead.chain, ConsentHead.place, ConsentHead.state)
        .where(ConsentHead.number.is_not(None))
        .where(or_(wants_out & ~is_out, ~wants_out & is_out))
        .order_by(ConsentHead.chain)
        .limit(1)
    ).first()
    if row is None:
        return None
    reason = f"the state is {row.state}, and the list of opt-outs says otherwise: rebuild it"
    return Flaw(row.chain, row.place, None, reason)


def rebuild(session: Session) -> int:
    """Make the states and the list of opt-outs anew from the ledger; returns the chains.

    Where a chain ends is not touched: that is what missing rows are found by.
    """
    session.execute(delete(OptOut))
    count = 0
    for rows, head in chains(session):
        count += 1
        state = replayed(ConsentKind(row["event"]) for row in rows)
        told = [row for row in rows if row["event"] != ConsentKind.HELP]
        since: datetime = (told or rows)[-1]["at"]
        expires_at = told[-1]["expires_at"] if told else None
        session.execute(
            update(ConsentHead),
            [{"chain": rows[0]["chain"], "state": state, "since": since, "expires_at": expires_at}],
        )
        if state is ConsentState.OPTED_OUT:
            number = (head.number if head else None) or pseudonym(rows[0]["chain"])
            last = _last_opt_out(told)
            row = {"number": number, "at": last["at"], "event_id": last["id"]}
            session.execute(insert(OptOut), [row])
    return count


def _last_opt_out(rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first of the opt-outs that nothing has taken back."""
    first = rows[-1]
    for row in reversed(rows):
        if row["event"] not in (ConsentKind.OPT_OUT, ConsentKind.ERASE):
            break
        first = row
    return first


def _plain(row: RowMapping) -> dict[str, Any]:
    return {column.key: row[f"row_{column.key}"] for column in ConsentRow.__table__.columns}


def _head(row: RowMapping) -> Head | None:
    if row["chain"] is None:
        return None
    values = {name: row[name] for name in Head.__dataclass_fields__}
    return Head(**{**values, "state": ConsentState(row["state"])})
