"""What is said of a beginning holds for every number that begins so."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import beginnings
from app.domain.beginnings import Beginnings
from app.domain.numbering import plan_for, reading

NUMBERS = ["".join(digits) for digits in product("0123456789", repeat=4)]

# Whatever plans are made of: groups, sets, repeats, and what must or must not follow.
PARTS = st.sampled_from(["1", "7", "[2-9]", "[13-5]", r"\d", r"\d{2}", r"\d{1,3}", "2?", "[4-7]*"])
PATTERNS = st.recursive(
    PARTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: f"(?:{'|'.join(each)})"),
        st.tuples(inner, inner).map("(?={0[0]}){0[1]}".format),
        st.tuples(inner, inner).map("(?!{0[0]}){0[1]}".format),
        inner.map(r"(?={}\Z)\d{{1,4}}".format),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=3), PATTERNS, st.integers(1, 3))
def test_what_is_said_holds_for_every_number(parts: list[str], unless: str, width: int) -> None:
    pattern = "|".join(f"({part})" for part in parts)
    known = Beginnings(pattern, 4, width, unless)
    compiled, begins = re.compile(pattern), re.compile(unless)

    for number in NUMBERS[::7]:
        said = known[number[:width]]
        if said is not None:
            found = compiled.fullmatch(number)
            assert said == ((found.lastindex or 0) if found else 0), (pattern, number)
            assert not begins.match(number), (unless, number)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(1[2-4]\d{2})", {"12": 1, "15": 0, "2#": 0}),
        (r"(12[0-9]\d)", {"12": None, "13": 0}),  # a set of all digits is not known to be one
        (r"(12\d{3})", {"12": 0}),
        (r"(12\d5)|(1\d{3})", {"12": None, "13": 2}),
        (r"((?!12)\d{4})", {"12": 0, "13": 1}),
        (r"((?!125)\d{4})", {"12": None, "13": 1}),
        (r"((?=12)\d{4})", {"12": 1, "13": 0}),
    ],
)
def test_what_is_said(pattern: str, said: dict[str, int | None]) -> None:
    known = Beginnings(pattern, 4, 2)

    assert {beginning: known[beginning] for beginning in said} == said


@pytest.mark.parametrize("pattern", ["(1[^2]..)", r"(1\w{3})", "(1...)", r"(1\d\1)"])
def test_of_a_pattern_with_other_things_nothing_is_said(pattern: str) -> None:
    assert Beginnings(pattern, 4, 2)["12"] is None
    assert Beginnings(r"(1\d{3})", 4, 2, unless=pattern)["12"] is None


def test_no_more_than_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "_MOST", 3)
    known = Beginnings(r"(1\d{3})", 4, 2)

    assert [known[f"{place:02}"] for place in range(30)] == [0] * 10 + [1] * 10 + [0] * 10
    assert len(known) == 3


def test_of_most_numbers_the_beginning_is_enough() -> None:
    """Else it would cost more than it saves, when plans are written otherwise one day."""
    said = [
        known.known[(code + digits)[: known.known.width]] is not None
        for code in ("1", "33", "34", "39", "44", "46", "48", "49", "91")
        for digits in ("2025", "4155", "6123", "7123", "7700", "9123")
        for length in (plan_for(code + digits[:2]) or pytest.fail(code)).lengths
        if (known := reading((code + digits)[:3], length))
    ]

    assert sum(said) > len(said) * 0.8
