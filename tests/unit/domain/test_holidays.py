"""Public holidays: which days are closed, where, and in which words that is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.holidays import holiday
from app.domain.hour_presets import PRESETS
from app.domain.quiet_hours import next_opening, weekly
from app.domain.terms import Slot, Terms, preset, slot_for

PARIS, CHICAGO, BERLIN = "+33612345678", "+13125550101", "+4915112345678"
TERMS = Terms(*preset("us-federal"))
CLOSED = replace(TERMS, closed_on_holidays=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("region", "day", "name"),
    [
        ("FR", "2026-07-14", "National Day"),
        ("FR", "2026-04-06", "Easter Monday"),
        ("FR", "2027-03-29", "Easter Monday"),  # it moves
        ("FR", "2026-07-15", None),
        ("FR", "2026-04-03", None),  # Good Friday is one in Alsace and Moselle alone
        ("FR-57", "2026-04-03", "Good Friday"),
        ("US", "2026-07-03", "Independence Day (observed)"),
        ("US", "2026-03-02", None),
        ("US-TX", "2026-03-02", "Texas Independence Day"),
        ("US-XX", "2026-12-25", "Christmas Day"),  # a part that nobody knows: the country's
        ("GB", "2026-12-28", "Boxing Day (observed)"),
        ("+870", "2026-12-25", None),
        ("?", "2026-12-25", None),
    ],
)
def test_the_holidays_of_a_place(region: str, day: str, name: str | None) -> None:
    found = holiday(region, date.fromisoformat(day))

    assert found == name or (name is not None and found is not None and name in found)


def test_france_is_closed_on_its_holidays_whatever_a_campaign_says() -> None:
    slot = slot_for(TERMS, PARIS, {}, at("2026-07-14T10:00+02:00"))

    assert slot == Slot(
        at("2026-07-15T08:00+02:00"),
        at("2026-07-15T20:20+02:00"),
        "held until Wed 08:00 Europe/Paris (country code 33): National Day",
    )
    before = slot_for(TERMS, PARIS, {}, at("2026-07-13T20:00+02:00"))
    assert before is not None
    assert (before.note, before.closes_at) == (None, at("2026-07-13T20:20+02:00"))


def test_a_night_before_an_ordinary_day_names_no_holiday() -> None:
    evening = slot_for(TERMS, PARIS, {}, at("2026-07-14T21:00+02:00"))
    sunday = slot_for(TERMS, PARIS, {}, at("2026-07-12T10:00+02:00"))

    assert evening is not None
    assert sunday is not None
    assert evening.note == "held until Wed 08:00 Europe/Paris (country code 33)"
    assert sunday.note == "held until Mon 08:00 Europe/Paris (country code 33)"


def test_a_holiday_beside_a_weekend_is_waited_out_with_it() -> None:
    weekdays = replace(CLOSED, window=weekly((540, 1200), None, None))
    friday = at("2026-12-25T09:00-06:00")

    slot = slot_for(weekdays, CHICAGO, {}, friday)

    assert slot is not None
    assert slot.note == "held until Mon 09:00 America/Chicago (area code 312): Christmas Day"
    thursday = at("2026-04-02T19:55+02:00")
    easter = slot_for(weekdays, BERLIN, {"time_zone": "Europe/Berlin"}, thursday)
    assert easter is not None
    assert easter.due_at == at("2026-04-07T09:00+02:00")
    assert easter.note == "held until Tue 09:00 Europe/Berlin (contact): Good Friday"


def test_other_countries_are_open_unless_somebody_says_closed() -> None:
    noon = at("2026-12-25T12:00-06:00")

    assert slot_for(TERMS, CHICAGO, {}, noon) == Slot(noon, at("2026-12-25T20:50-06:00"))
    slot = slot_for(CLOSED, CHICAGO, {}, noon)
    assert slot is not None
    assert slot.due_at == at("2026-12-26T08:00-06:00")


def test_a_state_that_is_known_has_its_own() -> None:
    day = at("2026-03-02T12:00-06:00")

    open_, closed = (
        slot_for(CLOSED, CHICAGO, fields, day) for fields in ({}, {"postal_code": "77002"})
    )
    assert open_ is not None
    assert closed is not None
    assert open_.due_at == day
    assert closed.note is not None
    assert closed.note.startswith("held until Tue")
    assert "Texas Independence Day" in closed.note


def test_days_are_those_of_the_place_not_of_the_clock_that_asks() -> None:
    tokyo = {"time_zone": "Asia/Tokyo"}
    new_year = at("2026-12-31T15:30+00:00")  # 0:30 on New Year's Day in Tokyo

    slot = slot_for(CLOSED, "+819012345678", tokyo, new_year)

    assert slot is not None
    assert slot.due_at == at("2027-01-02T08:00+09:00")
    assert slot.note is not None
    assert "New Year" in slot.note


def test_clocks_that_leap_the_day_before_a_holiday_are_kept() -> None:
    """On Sunday 28 March 2027 the clocks of Paris go forward, and Monday is Easter Monday."""
    slot = slot_for(TERMS, PARIS, {}, at("2027-03-27T21:00+01:00"))

    assert slot is not None
    assert slot.due_at == at("2027-03-30T08:00+02:00")
    assert slot.note == "held until Tue 08:00 Europe/Paris (country code 33): Easter Monday"


def test_without_a_window_only_holidays_are_closed() -> None:
    free = Terms(closed_on_holidays=True)

    assert not free.are_free
    night = at("2026-12-24T03:00-06:00")
    assert slot_for(free, CHICAGO, {}, night) == Slot(night, at("2026-12-24T23:50-06:00"))
    slot = slot_for(free, CHICAGO, {}, at("2026-12-25T03:00-06:00"))
    assert slot is not None
    assert slot.due_at == at("2026-12-26T00:00-06:00")


@given(
    st.sampled_from(["FR", "US-TX", "GB", "DE", "IN"]),
    st.sampled_from(["Europe/Paris", "America/Chicago", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 (made aware next)
        lambda naive: naive.replace(tzinfo=UTC)
    ),
)
def test_no_opening_lies_on_a_holiday(region: str, zone: str, moment: datetime) -> None:
    found = next_opening(PRESETS["FR"].window, (zone,), moment, timedelta(0), region)

    assert found is not None
    local = found.at.astimezone(ZoneInfo(zone)).date()
    assert holiday(region, local) is None
    assert local.weekday() != 6
