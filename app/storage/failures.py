"""Messages of a campaign that failed, by what they have in common."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.error_codes import FAILURES, Failure
from app.domain.message import MessageStatus
from app.domain.retry import GIVEN_UP
from app.storage.again import COLUMNS
from app.storage.database import AnyRow
from app.storage.ledgers import OptOut
from app.storage.tables import Message


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """A number, since not every database groups by a condition."""
    return case((condition, 1), else_=0)


_GIVEN_UP = _flag(
    and_(Message.status == MessageStatus.FAILED, Message.reason.startswith(f"{GIVEN_UP} after "))
)
_IS_LONG = _flag(or_(Message.segments > 1, func.coalesce(Message.billed_segments, 1) > 1))
_OPTED_OUT = _flag(exists().where(OptOut.number == Message.number))


def count(session: Session, campaign_id: str) -> Mapping[Failure, int]:
    """How many failed, of each kind."""
    kind = (
        *(Message.status, Message.error_code, _GIVEN_UP.label("given_up")),
        *(_IS_LONG.label("is_long"), _OPTED_OUT.label("opted_out")),
    )
    rows = session.execute(
        select(*kind, func.count().label("number"))
        .where(_failed(campaign_id))
        .group_by(Message.status, Message.error_code, "given_up", "is_long", "opted_out")
    )
    return {
        Failure(
            MessageStatus(row.status),
            row.error_code,
            bool(row.given_up),
            bool(row.is_long),
            bool(row.opted_out),
        ): row.number
        for row in rows
    }


def some(
    session: Session,
    campaign_id: str,
    kinds: Iterable[Failure],
    after: str,
    limit: int,
) -> Sequence[AnyRow]:
    """Those of these kinds behind id `after`, locked."""
    return session.execute(
        select(*COLUMNS)
        .where(_failed(campaign_id), or_(*map(_is_of, kinds)), Message.id > after)
        .order_by(Message.id)
        .limit(limit)
        .with_for_update(of=Message)
    ).all()


def _failed(campaign_id: str) -> ColumnElement[bool]:
    return and_(
        Message.campaign_id == campaign_id,
        Message.status.in_(sorted(FAILURES)),
        Message.text != "",  # taken away by now: there is nothing to send
    )


def _is_of(kind: Failure) -> ColumnElement[bool]:
    return and_(
        Message.status == kind.status,
        Message.error_code.is_not_distinct_from(kind.code),
        _GIVEN_UP.in_([int(kind.given_up)]),
        _IS_LONG.in_([int(kind.is_long)]),
        _OPTED_OUT.in_([int(kind.opted_out)]),
    )
