"""Ids: valid, unique, and in the order they were made in."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import is_id, time_behind, time_ordered_ids

MOMENTS = st.integers(10**9, 250 * 10**12).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
ENTROPY = st.binary(min_size=10, max_size=10)


@given(MOMENTS, ENTROPY)
def test_ids_are_valid_version_seven_uuids(now: datetime, entropy: bytes) -> None:
    for made in islice(time_ordered_ids(now, entropy), 50):
        parsed = uuid.UUID(made)
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
        assert parsed.int >> 80 == int(now.timestamp() * 1000)
        assert str(parsed) == made
        assert is_id(made)


@given(MOMENTS, st.one_of(ENTROPY, st.just(b"\xff" * 10), st.just(b"\x00" * 10)))
def test_ids_are_unique_and_sorted_as_they_were_made(now: datetime, entropy: bytes) -> None:
    made = list(islice(time_ordered_ids(now, entropy), 200))

    assert made == sorted(set(made))
    assert [uuid.UUID(each).int for each in made] == sorted(uuid.UUID(each).int for each in made)


@given(MOMENTS, ENTROPY, ENTROPY, st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)))
def test_what_is_made_later_sorts_later(
    now: datetime, entropy: bytes, other: bytes, passed: timedelta
) -> None:
    early = list(islice(time_ordered_ids(now, entropy), 20))

    late = next(time_ordered_ids(now + passed + timedelta(milliseconds=1), other))

    assert all(each < late for each in early)


def test_counting_on_carries_over_the_variant_bits() -> None:
    # The lower 62 bits are full, so the next id has to count on above the variant.
    full = ((1 << 62) - 1).to_bytes(10)
    first, second = islice(time_ordered_ids(datetime(2026, 3, 2, tzinfo=UTC), full), 2)

    assert first < second
    assert uuid.UUID(second).variant == uuid.RFC_4122


@given(st.text())
def test_whatever_text_it_is_asked_about_it_says_yes_or_no(text: str) -> None:
    assert is_id(text) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "'; drop table messages; --",
        "01a2028446ec708590b13294384bf7a9",
        "{01a20284-46ec-7085-90b1-3294384bf7a9}",
        "urn:uuid:01a20284-46ec-7085-90b1-3294384bf7a9",
        " 01a20284-46ec-7085-90b1-3294384bf7a9",
        "01a20284-46ec-7085-90b1-3294384bf7a9\n",
        "01a20284-46ec-7085-90b1-3294384bf7ag",
        "٠1a20284-46ec-7085-90b1-3294384bf7a9",
    ],
)
def test_what_is_written_otherwise_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_upper_case_is_an_id_too() -> None:
    assert is_id("01A20284-46EC-7085-90B1-3294384BF7A9")


@given(MOMENTS.filter(lambda at: at.year < 9000), ENTROPY, ENTROPY)
def test_ids_can_be_made_that_stand_behind_a_known_one(
    at: datetime, entropy: bytes, other: bytes
) -> None:
    known = next(time_ordered_ids(at, entropy))

    assert next(time_ordered_ids(time_behind(known), other)) > known


@given(st.uuids().map(str) | st.uuids().map(lambda each: str(each).upper()) | st.text())
def test_an_id_is_a_uuid_as_it_is_usually_written(text: str) -> None:
    try:
        is_one = str(uuid.UUID(text)) == text.lower()
    except ValueError:
        is_one = False

    assert is_id(text) == is_one
