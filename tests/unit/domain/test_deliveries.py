"""Deliveries over time: spans of one width, no gaps, and few enough to be looked at."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.deliveries import CAME, deliveries_of, minute_of
from app.domain.message import MessageStatus

START = datetime(2026, 5, 3, 10, 0, 30, tzinfo=UTC)
FIRST = minute_of(START)
D, R, S = MessageStatus.DELIVERED, MessageStatus.REJECTED, MessageStatus.SUBMITTED


def test_nothing_has_no_spans() -> None:
    assert list(deliveries_of([]).spans) == []
    assert list(deliveries_of([(FIRST, D, 3), (FIRST, D, -3)]).spans) == []


def test_messages_stand_in_the_span_of_their_minute() -> None:
    deliveries = deliveries_of([(FIRST, D, 5), (FIRST, R, 1), (FIRST + 2, S, 4), (FIRST + 2, D, 2)])

    assert deliveries.width == timedelta(minutes=1)
    assert [each.begins_at.minute for each in deliveries.spans] == [0, 1, 2]
    assert [(each.delivered, each.failed, each.on_the_way) for each in deliveries.spans] == [
        (5, 1, 0),
        (0, 0, 0),
        (2, 0, 4),
    ]


def test_a_long_campaign_has_wider_spans() -> None:
    deliveries = deliveries_of([(FIRST + minute, D, 10) for minute in range(9 * 60)])

    assert deliveries.width == timedelta(minutes=15)
    assert len(deliveries.spans) in {36, 37}
    assert sum(each.delivered for each in deliveries.spans) == 5_400


def test_a_few_late_receipts_do_not_squeeze_all_others_into_one_bar() -> None:
    deliveries = deliveries_of(
        [*((FIRST + minute, D, 100) for minute in range(10)), (FIRST + 3_000, R, 3)]
    )

    assert deliveries.width == timedelta(minutes=1)
    assert len(deliveries.spans) == 10
    assert deliveries.later == 3


def test_a_clock_that_is_wrong_by_ages_still_gives_few_spans() -> None:
    far = minute_of(datetime(9999, 1, 1, tzinfo=UTC))

    assert len(deliveries_of([(FIRST, D, 1), (far, D, 1)]).spans) <= 48


@given(
    st.lists(
        st.tuples(
            st.integers(FIRST, FIRST + 50_000),
            st.sampled_from(sorted(CAME)),
            st.integers(1, 1_000),
        ),
        max_size=60,
    )
)
def test_no_message_is_lost(counted: list[tuple[int, MessageStatus, int]]) -> None:
    deliveries = deliveries_of(counted)

    shown = sum(each.delivered + each.failed + each.on_the_way for each in deliveries.spans)
    assert shown + deliveries.later == sum(count for _, _, count in counted)
    assert len(deliveries.spans) <= 48
    begins = [each.begins_at for each in deliveries.spans]
    assert all(after - before == deliveries.width for before, after in pairwise(begins))
