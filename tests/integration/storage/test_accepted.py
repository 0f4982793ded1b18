"""The short way for what most sends come to leaves what the long way leaves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.message import Attempt, ClaimedMessage, MessageStatus, Outcome, OutcomeKind
from app.storage import attempts, message_rows, messages
from app.storage.accepted import accept
from app.storage.database import Database
from app.storage.tables import AttemptRow, CampaignDeliveries, Message, MessageCount
from tests.support.builders import order
from tests.support.desk import Desk
from tests.support.fakes import START

LATER = START + timedelta(seconds=30)
STANDS = [*product(MessageStatus, [False, True], [False, True])]  # tried before? accepted before?
OUTCOMES = [
    Outcome(OutcomeKind.ACCEPTED, message_uuid="uuid-1"),
    Outcome(OutcomeKind.ACCEPTED, message_uuid="uuid-1", reason="so", code="1"),
    Outcome(OutcomeKind.REFUSED, reason="wrong", code="1120"),
    Outcome(OutcomeKind.IN_DOUBT, reason="no answer"),
]


class _Undone(Exception):
    """So that the other way finds what this one found."""


def _stand(session: Session, claimed: Sequence[ClaimedMessage]) -> None:
    """Each message stands elsewhere, whatever brought it there."""
    for message, (status, tried, accepted) in zip(claimed, STANDS, strict=True):
        if tried:
            doubt = {"began_at": START, "ended_at": START, "outcome": "in_doubt"}
            session.add(AttemptRow(message_id=message.id, number=1, status="in_doubt", **doubt))
        stands: dict[str, Any] = {
            "status": status,
            "attempts": 2 if tried else 1,
            "earlier_attempts": int(tried),
            "accepted_at": START if accepted else None,
            "message_uuid": "uuid-0" if accepted else None,
            "error_code": "1000" if accepted else None,
        }
        session.execute(update(Message).where(Message.id == message.id).values(stands))
    session.flush()


def _left(session: Session) -> list[Any]:
    tables = [Message, MessageCount, CampaignDeliveries, AttemptRow]
    return [
        sorted(map(repr, session.execute(select(*table.__table__.columns)).all()))
        for table in tables
    ]


def _by_the_long_way(session: Session, made: Sequence[Attempt]) -> frozenset[str]:
    return messages.advance(session, attempts.news(made, LATER))


def _by_the_short_way(session: Session, made: Sequence[Attempt]) -> frozenset[str]:
    message_rows.hold(session, [each.message.id for each in made])
    campaigns, others = accept(session, made, LATER)
    return campaigns | messages.advance(session, attempts.news(others, LATER))


Way = Callable[[Session, Sequence[Attempt]], frozenset[str]]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.kind + outcome.reason)
def test_both_ways_leave_the_same(database: Database, outcome: Outcome) -> None:
    desk = Desk(database)
    desk.campaigns.launch(order(len(STANDS)))
    claimed = desk.outbox.claim(len(STANDS), desk.clock()).messages
    assert len(claimed) == len(STANDS)
    made = [Attempt(message, outcome, START, LATER) for message in claimed]

    def after(way: Way) -> list[Any]:
        left: list[Any] = []
        with suppress(_Undone), database.writing() as session:
            _stand(session, claimed)
            left += [way(session, made), *_left(session)]
            raise _Undone
        return left

    assert after(_by_the_short_way) == after(_by_the_long_way) != []


def test_the_short_way_takes_what_is_plain_and_leaves_the_rest(database: Database) -> None:
    desk = Desk(database)
    desk.campaigns.launch(order(3))
    claimed = desk.outbox.claim(3, desk.clock()).messages
    made = [
        Attempt(message, outcome, START, LATER)
        for message, outcome in zip(claimed, OUTCOMES, strict=False)
    ]
    with database.writing() as session:
        message_rows.hold(session, [each.message.id for each in made])
        campaigns, others = accept(session, made, LATER)
        again = accept(session, made, LATER)

    assert campaigns == {claimed[0].campaign_id}
    assert others == made[1:]
    assert again == (frozenset(), made)
