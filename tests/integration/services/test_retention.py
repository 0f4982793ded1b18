"""Texts are kept as long as the operator wants, and what must be kept longer is."""

from datetime import timedelta

from sqlalchemy import text

from app.domain.message import MessageStatus
from app.services.clock import Clock
from app.services.retention import Forgotten, Periods, Retention
from app.services.retries import Wish
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk
from tests.support.outcomes import in_doubt, refused

DAYS = timedelta(days=30)


def retention(
    desk: Desk, texts: timedelta | None = DAYS, words: timedelta | None = DAYS
) -> Retention:
    return Retention(desk.database, Clock(now=desk.clock), Periods(texts, words))


def column(desk: Desk, name: str, table: str) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(text(f"SELECT {name} FROM {table} ORDER BY 1")))  # noqa: S608 (ours)


def test_texts_are_taken_away_after_their_time_and_not_before(desk: Desk) -> None:
    desk.campaigns.launch(order(2))
    (first, _) = desk.send_all()
    desk.receive(first, MessageStatus.DELIVERED)
    desk.inbound.receive('{"text": "STOP, please"}', inbound("STOP, please"))
    desk.send_all()
    service = retention(desk)

    desk.clock.forward((DAYS - timedelta(minutes=1)).total_seconds())
    assert service.apply() == Forgotten(0, 0)
    desk.clock.forward(120)
    assert service.apply() == Forgotten(3, 1)
    assert service.apply() == Forgotten(0, 0)

    assert set(column(desk, "text", "messages")) == {""}
    assert column(desk, "text", "inbound_messages") == [""]
    assert set(column(desk, "body", "webhook_events")) == {""}
    assert column(desk, "wording", "consent_events") == ["STOP, please"]
    assert len(set(column(desk, "number", "messages"))) == 2


def test_a_period_that_is_off_takes_nothing_away(desk: Desk) -> None:
    desk.campaigns.launch(order(1, text="Hello"))
    desk.send_all()
    desk.inbound.receive("{}", inbound("Good day"))
    desk.clock.forward(10 * DAYS.total_seconds())

    assert retention(desk, texts=None, words=None).apply() == Forgotten(0, 0)

    assert column(desk, "text", "messages") == ["Hello"]
    assert column(desk, "text", "inbound_messages") == ["Good day"]


def test_what_may_still_be_sent_keeps_its_text(desk: Desk) -> None:
    desk.campaigns.launch(order(3))
    waiting, doubtful, _ = desk.claim()
    desk.record([doubtful], in_doubt)
    desk.clock.forward(2 * DAYS.total_seconds())

    assert retention(desk).apply() == Forgotten(0, 0)
    assert waiting.id != doubtful.id


def test_what_has_no_text_any_more_is_not_tried_again(desk: Desk) -> None:
    state = desk.campaigns.launch(order(numbers(1))).state
    (message,) = desk.claim()
    desk.record([message], refused)
    desk.clock.forward(2 * DAYS.total_seconds())
    assert retention(desk).apply() == Forgotten(1, 0)

    assert desk.retries.retry_failed(state.campaign.id, Wish("Ann")).retried == 0
