"""Rows of messages, locked and changed: the two statements of whoever writes a status.

What news cannot change is left out, and so is what it seldom does: to name a column rewrites its
indexes on SQLite, changed or not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.storage.hearing import Subject
from app.storage.ready import Ready, is_among
from app.storage.tables import Message

LockedRow = Any
"""A named tuple: `id`, what is `fixed` of a message, and its state."""

_FIXED = tuple(Subject.__dataclass_fields__)
_USUAL = (
    *("status", "status_at", "reason", "accepted_at", "final_at"),
    *("price", "currency", "billed_segments"),
)
_SELDOM = ("error_code", "message_uuid", "lease_until", "earlier_attempts")
_STATE = ("id", *_USUAL, *_SELDOM)
_KEYS = [(f"{name}_", name) for name in _STATE]  # as statements name the values
_LOCK = Ready(
    select(*(getattr(Message, name) for name in (*_FIXED, *_STATE)))
    .where(is_among(Message.id, "ids"))
    .order_by(Message.id)
    .with_for_update()
)


_HOLD = Ready(
    select(Message.id).where(is_among(Message.id, "ids")).order_by(Message.id).with_for_update()
)


def _changing(names: Sequence[str]) -> Ready:
    statement = update(Message.__table__).where(Message.id == bindparam("id_"))  # type: ignore[arg-type]  # a Table, which the mapping does not say
    return Ready(statement.values({name: bindparam(f"{name}_") for name in names}))


_CHANGE, _CHANGE_USUAL = _changing((*_USUAL, *_SELDOM)), _changing(_USUAL)


def locked(session: Session, ids: Iterable[str]) -> list[LockedRow]:
    """The rows as they stand, in the order of their ids: two processes never wait in a circle."""
    return _LOCK.rows(session, ids=sorted(ids))


def hold(session: Session, ids: Iterable[str]) -> None:
    """Keep others from these to the end of the transaction; on SQLite nobody else writes."""
    if session.get_bind().dialect.name != "sqlite":
        _HOLD.rows(session, ids=sorted(ids))


def state(row: LockedRow) -> dict[str, Any]:
    """What news can change."""
    return dict(zip(_STATE, row[len(_FIXED) :], strict=True))


def change(session: Session, changed: Sequence[tuple[LockedRow, Mapping[str, Any]]]) -> None:
    """Write the states that these rows came to.

    PostgreSQL looks by itself which indexes are concerned, and one statement is one way there.
    """
    are_two = session.get_bind().dialect.name == "sqlite"
    usual = [new for row, new in changed if are_two and _is_usual(row, new)]
    others = [new for row, new in changed if not (are_two and _is_usual(row, new))]
    for statement, states in ((_CHANGE_USUAL, usual), (_CHANGE, others)):
        if states:
            statement.run(session, [{key: new[name] for key, name in _KEYS} for new in states])


def _is_usual(row: LockedRow, new: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == new[name] for name in _SELDOM)
