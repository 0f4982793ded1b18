"""Whatever is changed in a chain of consent is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent_chain import BEGINNING, SEALED, Head, first_flaw, sealed
from app.domain.consent_ledger import PERSONAL, ConsentEvent, ConsentKind, replayed
from tests.support.builders import consent_event

Row = dict[str, Any]
FIELDS = sorted({*SEALED, *PERSONAL, "salt", "seal"})


def chain_of(*kinds: ConsentKind, **changes: Any) -> tuple[list[Row], Head]:
    """Rows as they are kept, and where they end."""
    rows: list[Row] = []
    seal = BEGINNING
    for place, kind in enumerate(kinds, 1):
        event = consent_event(event=kind, inbound_uuid="aaaa", ip="192.0.2.1", **changes)
        row = {name: getattr(event, name) for name in ConsentEvent.__dataclass_fields__}
        row |= {"chain": "first", "place": place, "event": kind.value}
        rows.append(sealed(row, seal))
        seal = rows[-1]["seal"]
    return rows, Head("first", "+14155550000", replayed(kinds), len(rows), seal)


def erased(row: Row) -> Row:
    return row | dict.fromkeys((*PERSONAL, "salt"))


KINDS = st.lists(st.sampled_from(ConsentKind), min_size=1, max_size=6)


@given(KINDS)
def test_a_chain_that_nobody_touched_holds(kinds: list[ConsentKind]) -> None:
    assert first_flaw(*chain_of(*kinds)) is None


def other_than(value: Any) -> Any:
    """Another value of the same kind; something where there was nothing."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return value + 1 if isinstance(value, int) else f"{value or ''}x"


@settings(max_examples=200)
@given(KINDS, st.data(), st.sampled_from(FIELDS))
def test_any_change_of_any_field_of_any_row_is_found(
    kinds: list[ConsentKind], data: st.DataObject, field: str
) -> None:
    rows, head = chain_of(*kinds)
    place = data.draw(st.integers(0, len(rows) - 1))
    rows[place] = rows[place] | {field: other_than(rows[place][field])}

    flaw = first_flaw(rows, head)

    assert flaw is not None
    assert flaw.place == place + 1


@given(KINDS, st.data())
def test_a_field_that_is_emptied_is_found(kinds: list[ConsentKind], data: st.DataObject) -> None:
    rows, head = chain_of(*kinds, wording_version="3", expires_at=datetime(2028, 1, 1, tzinfo=UTC))
    place = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.sampled_from(["wording", "number", "ip", "wording_version", "expires_at"]))
    rows[place] = rows[place] | {field: None}

    flaw = first_flaw(rows, head)

    assert flaw is not None
    assert flaw.place == place + 1


@given(KINDS, st.data())
def test_any_row_that_is_taken_away_is_missed(
    kinds: list[ConsentKind], data: st.DataObject
) -> None:
    rows, head = chain_of(*kinds)
    place = data.draw(st.integers(0, len(rows) - 1))
    del rows[place]

    assert first_flaw(rows, head) is not None


@given(KINDS, st.data())
def test_two_rows_that_change_places_are_found(
    kinds: list[ConsentKind], data: st.DataObject
) -> None:
    rows, head = chain_of(*kinds, ConsentKind.HELP)
    place = data.draw(st.integers(0, len(rows) - 2))
    rows[place], rows[place + 1] = rows[place + 1], rows[place]

    flaw = first_flaw(rows, head)

    assert flaw is not None
    assert flaw.place == place + 1


def test_a_tail_that_is_gone_is_named() -> None:
    rows, head = chain_of(ConsentKind.OPT_IN, ConsentKind.OPT_OUT, ConsentKind.HELP)

    flaw = first_flaw(rows[:1], head)

    assert flaw is not None
    assert (flaw.place, flaw.reason) == (2, "rows 2 to 3 are missing")


def test_a_chain_holds_after_an_erasure_and_tells_nothing_of_the_person() -> None:
    rows, head = chain_of(ConsentKind.OPT_IN, ConsentKind.HELP, ConsentKind.ERASE)
    rows = [*map(erased, rows[:2]), rows[2]]

    assert first_flaw(rows, head) is None
    assert "+14155550000" not in str(rows[:2])


def test_a_personal_part_that_is_gone_without_an_erasure_is_found() -> None:
    rows, head = chain_of(ConsentKind.OPT_IN, ConsentKind.HELP)
    rows[0] = erased(rows[0])

    flaw = first_flaw(rows, head)

    assert flaw is not None
    assert (flaw.place, "no erasure" in flaw.reason) == (1, True)


@pytest.mark.parametrize("field", PERSONAL)
def test_what_is_added_to_an_erased_row_is_found(field: str) -> None:
    rows, head = chain_of(ConsentKind.OPT_IN, ConsentKind.ERASE)
    rows[0] = erased(rows[0]) | {field: 1 if field == "source_row" else "x"}

    flaw = first_flaw(rows, head)

    assert flaw is not None
    assert flaw.place == 1


def test_a_state_that_does_not_follow_is_found_and_can_be_mended() -> None:
    rows, head = chain_of(ConsentKind.OPT_OUT)

    flaw = first_flaw(rows, replace(head, state=replayed([])))

    assert flaw is not None
    assert flaw.is_mendable


def test_rows_without_a_recorded_end_are_found() -> None:
    rows, _ = chain_of(ConsentKind.OPT_OUT)

    assert first_flaw(rows, None) is not None
