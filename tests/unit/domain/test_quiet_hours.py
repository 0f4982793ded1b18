"""When a text may arrive."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.hour_presets import PRESETS, window_for
from app.domain.quiet_hours import Window, hours, is_open, next_opening, weekly

DEFAULT = PRESETS["default"].window
NONE = timedelta(0)
ZONES = (
    *("America/New_York", "America/Chicago", "America/Phoenix", "America/Indiana/Indianapolis"),
    *("America/St_Johns", "Australia/Lord_Howe", "Europe/Paris", "Pacific/Honolulu"),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "asked", "expected"),
    [
        # Phoenix stays at -7 when Denver leaps.
        ("America/Phoenix", "2026-03-07T10:00", "2026-03-07T16:00"),
        ("America/Phoenix", "2026-03-10T10:00", "2026-03-10T16:00"),
        ("America/Denver", "2026-03-10T10:00", "2026-03-10T15:00"),
        ("America/Indiana/Indianapolis", "2026-03-06T10:00", "2026-03-06T14:00"),
        ("America/Indiana/Indianapolis", "2026-03-09T10:00", "2026-03-09T13:00"),
        ("America/Indiana/Knox", "2026-03-09T10:00", "2026-03-09T14:00"),
        ("America/St_Johns", "2026-03-06T10:00", "2026-03-06T12:30"),
        ("America/St_Johns", "2026-03-09T10:00", "2026-03-09T11:30"),
        # Lord Howe moves its clocks by half an hour, from +10:30 to +11 on 2026-10-04.
        ("Australia/Lord_Howe", "2026-10-01T12:00", "2026-10-01T22:30"),
        ("Australia/Lord_Howe", "2026-10-05T12:00", "2026-10-05T22:00"),
        # A Sunday, the day of the leap itself: from noon on.
        ("America/New_York", "2026-03-08T10:00", "2026-03-08T16:00"),
        ("America/New_York", "2026-11-01T10:00", "2026-11-01T17:00"),
    ],
)
def test_it_opens_by_the_clock_of_the_place(zone: str, asked: str, expected: str) -> None:
    found = next_opening(DEFAULT, (zone,), utc(asked))

    assert found is not None
    assert (found.at, found.zone) == (utc(expected), zone)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2026-03-08T05:00", "2026-03-08T07:30"),  # 02:30 is leapt over: 03:30 it is
        ("2026-11-01T04:00", "2026-11-01T07:30"),  # 02:30 comes once
    ],
)
def test_an_opening_within_the_leap_comes_after_it(asked: str, expected: str) -> None:
    found = next_opening(weekly(*[hours(2.5, 9)] * 3), ("America/New_York",), utc(asked))

    assert found is not None
    assert found.at == utc(expected)


def test_of_an_hour_that_comes_twice_the_first_counts() -> None:
    window = weekly(*[hours(1.5, 9)] * 3)

    found = next_opening(window, ("America/New_York",), utc("2026-11-01T04:00"))

    assert found is not None
    assert found.at == utc("2026-11-01T05:30")


def test_every_zone_must_be_open_and_the_last_to_open_decides() -> None:
    both = ("America/Chicago", "America/New_York")

    found = next_opening(DEFAULT, both, utc("2026-01-05T12:00"))

    assert found is not None
    assert (found.at, found.zone) == (utc("2026-01-05T15:00"), "America/Chicago")
    assert found.closes_at == utc("2026-01-06T00:50")  # 19:50 in New York


def test_it_ends_early_by_the_margin() -> None:
    zone = ("America/Chicago",)

    before = next_opening(DEFAULT, zone, utc("2026-01-06T01:49"))
    after = next_opening(DEFAULT, zone, utc("2026-01-06T01:50"))

    assert before is not None
    assert before.at == utc("2026-01-06T01:49")
    assert after is not None
    assert after.at == utc("2026-01-06T15:00")


@pytest.mark.parametrize(
    ("zones", "window"),
    [
        (("Pacific/Guam", "Europe/London", "Pacific/Honolulu"), DEFAULT),
        (("Europe/Paris",), Window((None,) * 7)),
        ((), DEFAULT),
    ],
)
def test_where_there_is_no_common_hour_none_is_named(
    zones: tuple[str, ...], window: Window
) -> None:
    assert next_opening(window, zones, utc("2026-01-05T12:00")) is None


def test_the_rule_of_a_place_narrows_that_of_a_campaign_and_never_widens_it() -> None:
    sunday = utc("2026-01-04T13:00")

    paris = window_for(PRESETS["us-federal"].window, "FR")
    assert not is_open(paris, ("Europe/Paris",), sunday)
    assert window_for(DEFAULT, "US-FL") == DEFAULT
    assert window_for(DEFAULT, None) == DEFAULT


_MOMENTS = some.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 (made aware next)
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(
    some.sampled_from(sorted(PRESETS)),
    some.lists(some.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple),
    _MOMENTS,
)
def test_what_is_found_is_open_by_every_clock_and_never_before_it_was_asked_for(
    name: str, zones: tuple[str, ...], moment: datetime
) -> None:
    window = PRESETS[name].window

    found = next_opening(window, zones, moment)

    if found is None:
        return
    assert moment <= found.at < found.closes_at
    again = next_opening(window, zones, found.at)
    assert again is not None
    assert (again.at, again.closes_at) == (found.at, found.closes_at)
    for zone in zones:
        for each in (found.at, found.closes_at):
            local = each.astimezone(ZoneInfo(zone))
            open_hours = window.days[local.weekday()]
            assert open_hours is not None
            assert open_hours[0] <= local.hour * 60 + local.minute <= open_hours[1]
    assert is_open(window, zones, found.at)
