"""Times as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import FixInput, InvalidMoment
from app.domain.moments import check_not_after, read_moment, read_zone

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(st.datetimes(timezones=st.timezones()))
def test_with_its_offset_a_time_is_read_as_it_was_meant(at: datetime) -> None:
    offset = at.utcoffset()
    if offset is None or offset.total_seconds() % 60:  # long ago offsets had seconds
        return
    try:
        expected = at.astimezone(UTC)
    except OverflowError:
        return

    assert read_moment(at.isoformat(), None) == expected


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.timezones())  # noqa: DTZ001 (local times are the point)
def test_local_times_come_back_unless_clocks_were_put_forward(
    local: datetime, zone: ZoneInfo
) -> None:
    moment = read_moment(local.isoformat(), zone)

    back = moment.astimezone(zone).replace(tzinfo=None)
    assert back >= local
    assert back - local <= timedelta(days=1)  # some islands skipped a whole day
    if back == local:
        assert moment == local.replace(tzinfo=zone, fold=0).astimezone(UTC)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-12-24T09:00:00", "2026-12-24T08:00:00"),  # winter
        ("2026-07-24T09:00", "2026-07-24T07:00:00"),  # summer, without seconds
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00"),  # the hour that is not: half past three
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00"),  # the hour that is twice: its first time
    ],
)
def test_local_times_of_a_zone(written: str, utc: str) -> None:
    assert read_moment(written, BERLIN) == datetime.fromisoformat(f"{utc}+00:00")


def test_the_hour_that_is_not_moves_forward() -> None:
    moment = read_moment("2026-03-29T02:30:00", BERLIN)

    assert moment.astimezone(BERLIN).strftime("%H:%M") == "03:30"


@pytest.mark.parametrize(
    ("written", "zone", "words"),
    [
        ("2026-12-24T09:00:00", None, "has no offset"),
        ("2026-12-24T09:00:00Z", BERLIN, "must not have a time_zone"),
        ("2026-12-24T09:00:00+01:00", BERLIN, "must not have a time_zone"),
        ("tomorrow", None, "must be a time"),
        ("2026-12-24", None, "must be a time"),
        ("1893456000", None, "must be a time"),
        ("2026-12-24T09:00:00+0100", None, "must be a time"),
        ("٢٠٢٦-12-24T09:00:00Z", None, "must be a time"),
        ("2026-02-30T09:00:00Z", None, "no time that a calendar"),
        ("2026-12-24T24:01:00Z", None, "no time that a calendar"),
        ("2026-12-24T09:00:60Z", None, "no time that a calendar"),
        ("0001-01-01T00:00:00+23:59", None, "between the years 1 and 9999"),
        ("9999-12-31T23:59:59-23:59", None, "between the years 1 and 9999"),
    ],
)
def test_what_is_no_moment_is_refused_in_words(
    written: str, zone: ZoneInfo | None, words: str
) -> None:
    with pytest.raises(InvalidMoment, match=words):
        read_moment(written, zone)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"])
def test_zones_are_known_by_their_iana_names(name: str) -> None:
    assert read_zone(name).key == name


@pytest.mark.parametrize("name", ["", "Berlin", "CEST+1", "../etc/passwd", "/etc/passwd", "\x00"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidMoment, match="no time zone"):
        read_zone(name)


@pytest.mark.parametrize(
    ("not_after", "scheduled_at", "good"),
    [
        (None, None, True),
        (None, NOW, True),
        (timedelta(seconds=1), None, True),
        (timedelta(0), None, False),
        (timedelta(seconds=-1), None, False),
        (timedelta(hours=1), timedelta(hours=1), False),
        (timedelta(hours=2), timedelta(hours=1), True),
        (timedelta(hours=-1), timedelta(hours=-2), False),
    ],
)
def test_the_end_must_lie_behind_the_beginning_and_now(
    not_after: timedelta | None,
    scheduled_at: timedelta | datetime | None,
    good: bool,  # noqa: FBT001 (an expectation)
) -> None:
    end = None if not_after is None else NOW + not_after
    begin = NOW + scheduled_at if isinstance(scheduled_at, timedelta) else scheduled_at
    if good:
        check_not_after(end, begin, NOW)
        return
    with pytest.raises(FixInput) as error:
        check_not_after(end, begin, NOW)
    assert [mistake.pointer for mistake in error.value.mistakes] == ["/not_after"]
