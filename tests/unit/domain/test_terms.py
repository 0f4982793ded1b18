"""When one recipient may be written to, and in which words that is told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.hour_presets import PRESETS
from app.domain.quiet_hours import Window
from app.domain.terms import (
    NO_TERMS,
    Slot,
    Slots,
    Terms,
    at_local_time,
    preset,
    slot_for,
    ttl_until,
)

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # 6:00 in Chicago
CHICAGO = "+13125550101"
BY_DEFAULT = Terms(*preset("default"), cap=3, is_marketing=True)

_hours = st.none() | st.tuples(st.integers(0, 720), st.integers(721, 1440))


@given(
    st.builds(
        Terms,
        window=st.none() | st.builds(Window, st.tuples(*[_hours] * 7)),
        window_name=st.none() | st.sampled_from(sorted(PRESETS)),
        local_time=st.none() | st.integers(0, 1439),
        cap=st.integers(0, 9),
        cap_hours=st.integers(1, 99),
        is_marketing=st.booleans(),
        closed_on_holidays=st.booleans(),
    )
)
def test_terms_are_kept_as_they_are(terms: Terms) -> None:
    assert Terms.from_json(terms.as_json()) == terms


def test_without_terms_everybody_is_written_to_at_once() -> None:
    assert NO_TERMS.are_free
    assert BY_DEFAULT.transactional == NO_TERMS


def test_who_must_wait_is_told_until_when_where_and_why() -> None:
    opens, closes = MONDAY.replace(hour=15), datetime(2026, 3, 3, 1, 50, tzinfo=UTC)

    assert slot_for(BY_DEFAULT, CHICAGO, {}, MONDAY) == Slot(
        opens, closes, "held until Mon 09:00 America/Chicago (area code 312)"
    )
    assert slot_for(BY_DEFAULT, CHICAGO, {}, opens) == Slot(opens, closes)
    elsewhere = slot_for(BY_DEFAULT, CHICAGO, {"time_zone": "Asia/Tokyo"}, MONDAY)
    assert elsewhere is not None
    assert elsewhere.note == "held until Tue 09:00 Asia/Tokyo (contact)"


def test_the_law_of_a_place_narrows_the_hours() -> None:
    late = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)  # 20:30 in Miami, 19:30 in Pensacola
    federal = Terms(*preset("us-federal"))

    florida = slot_for(federal, "+13055550101", {}, late)
    assert florida is not None
    assert florida.due_at > late


def test_where_no_hour_is_open_everywhere_there_is_no_slot() -> None:
    midnight = Terms(window=Window(((0, 30),) * 7))
    assert slot_for(midnight, "+12085550101", {}, MONDAY) is None  # two zones, an hour apart
    assert slot_for(midnight, CHICAGO, {}, MONDAY) is not None


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (["America/Chicago"], datetime(2026, 3, 2, 16, 0, tzinfo=UTC)),
        (["America/New_York", "America/Chicago"], datetime(2026, 3, 2, 16, 0, tzinfo=UTC)),
        (["Europe/Berlin"], datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),  # past there today
    ],
)
def test_a_local_time_is_reached_in_every_zone(zones: list[str], expected: datetime) -> None:
    assert at_local_time(zones, 10 * 60, MONDAY) == expected


def test_a_local_time_that_the_clocks_leap_over_comes_after_the_leap() -> None:
    before = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # midnight in Chicago; 2:00 to 3:00 is missing
    assert at_local_time(["America/Chicago"], 150, before) == before + timedelta(hours=2.5)


def test_a_local_time_alone_holds_too() -> None:
    slot = slot_for(Terms(local_time=600), CHICAGO, {}, MONDAY)

    assert slot == Slot(
        MONDAY.replace(hour=16), None, "held until Mon 10:00 America/Chicago (area code 312)"
    )


@pytest.mark.parametrize(
    ("left", "ttl"),
    [
        (timedelta(hours=2), 2 * 3600 + 600),
        (timedelta(0), 600),
        (timedelta(days=30), 604_800),
        (-timedelta(hours=1), 20),
    ],
)
def test_carriers_are_told_to_give_up_at_the_end(left: timedelta, ttl: int) -> None:
    assert ttl_until(MONDAY + left, MONDAY) == ttl
    assert ttl_until(None, MONDAY) is None


def test_terms_of_before_holidays_were_known_are_read() -> None:
    kept = BY_DEFAULT.as_json()
    del kept["closed_on_holidays"]

    assert Terms.from_json(kept) == BY_DEFAULT


@given(
    st.sampled_from([BY_DEFAULT, Terms(*preset("us-federal")), Terms(closed_on_holidays=True)]),
    st.lists(
        st.tuples(
            st.sampled_from([CHICAGO, "+13055550101", "+33612345678", "+4915112345678", "+87012"]),
            st.sampled_from([{}, {"postal_code": "46601"}, {"time_zone": "Asia/Tokyo"}]),
        )
    ),
    st.integers(0, 8_760).map(lambda hours: MONDAY + timedelta(hours=hours)),
)
def test_of_many_each_has_the_slot_that_it_would_have_alone(
    terms: Terms, people: list[tuple[str, dict[str, str]]], start: datetime
) -> None:
    slots = Slots(terms, start)

    assert [slots.of(*each) for each in people] == [
        slot_for(terms, *each, start) for each in people
    ]
