"""A body that is read in pieces says what it says when it is read at once."""

import json
import time
from typing import Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.web.long_json import LongReader, written

SPACE = st.sampled_from(["", "", "", " ", "\n", " \t\r\n"])
WORDS = st.text(st.sampled_from('ab,"{}[]\\: ü😀\u2028'), max_size=8)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
ENTRIES = st.one_of(WORDS, st.dictionaries(st.sampled_from(["to", "a"]), VALUES), VALUES)
LISTS = st.lists(WORDS, max_size=30) | st.lists(ENTRIES, max_size=30)
FIELDS = st.lists(st.tuples(WORDS, LISTS | VALUES), max_size=4)


class Text:
    """Writes JSON as strange clients do: with spaces anywhere, and a name twice."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def of(self, value: object) -> str:
        if isinstance(value, dict):
            return self.fields(list(value.items()))
        if isinstance(value, list):
            return self._within("[", [self.of(each) for each in value], "]")
        return json.dumps(value, ensure_ascii=self._draw(st.booleans()))

    def fields(self, fields: list[tuple[str, Any]]) -> str:
        pairs = [
            f"{self.of(name)}{self._draw(SPACE)}:{self._pad(self.of(v))}" for name, v in fields
        ]
        return self._within("{", pairs, "}")

    def _within(self, start: str, parts: list[str], end: str) -> str:
        return f"{start}{','.join(map(self._pad, parts)) or self._draw(SPACE)}{end}"

    def _pad(self, text: str) -> str:
        return f"{self._draw(SPACE)}{text}{self._draw(SPACE)}"


@st.composite
def objects(draw: Any) -> str:
    writer = Text(draw)
    return str(writer._pad(writer.fields(draw(FIELDS))))


@st.composite
def spoilt(draw: Any) -> str:
    """An object in which something was left out, put in or cut off."""
    text = draw(objects())
    place = draw(st.integers(0, len(text)))
    put = draw(st.sampled_from(["", ",", '"', "]", "}", "[", "{", ":", "NaN", "\\", "x"]))
    left_out = draw(st.integers(0, 2))
    return str(text[:place] + put + text[place + left_out :])


def refuse(constant: str) -> None:
    raise LookupError(constant)


def read(text: str, piece: int | None) -> tuple[object, str]:
    """What it says or what is wrong with it; `piece` None: as Python reads it."""
    try:
        if piece is None:
            found = json.loads(text, parse_constant=refuse)
        else:
            found = LongReader(long=0, piece=piece, parse_constant=refuse).loads(text)
    except (ValueError, LookupError) as error:
        return type(error), str(error)
    return found, json.dumps(found)  # the order counts too


@given(objects() | spoilt(), st.integers(0, 60))
@example('{"a":["a\\",","b"]}', 0)
@example('{"a":["b","c",]}', 0)
@example('{"a":["b",NaN,"c"]}', 0)
@example('{"a":[],"a":[{},{"b":[{},{}]},{}]}', 0)
def test_it_is_read_as_python_reads_it_at_once(text: str, piece: int) -> None:
    assert read(text, piece) == read(text, None)


class Counting(json.JSONDecoder):
    """Notes how many characters it is given at once."""

    given: ClassVar[list[int]] = []

    def decode(self, s: str, *rest: Any) -> Any:
        self.given.append(len(s))
        return super().decode(s, *rest)


@pytest.mark.parametrize("comma", [",", ", ", " ,\n  "])
@pytest.mark.parametrize(
    "entry", ['"+14155550101"', '{"to": "+14155550101"}', '{"to": "x", "name": "Ann [VIP]"}']
)
def test_many_entries_of_one_kind_are_read_in_small_pieces(entry: str, comma: str) -> None:
    Counting.given.clear()
    text = f'{{"lists": ["a"], "recipients": [{comma.join([entry] * 5_000)}], "name": "x"}}'
    read = LongReader(Counting, long=0, piece=1_000).loads(text)
    assert [len(each) for each in read.values()] == [1, 5_000, 1]
    assert sum(Counting.given) > 0.9 * len(text)
    assert max(Counting.given) < 1_100


def test_many_short_lists_take_no_longer_than_one() -> None:
    """A place to part is looked for once in a piece, not once in a list: else it is quadratic."""
    text = "{" + ", ".join(f'"{place}": ["a", "b"]' for place in range(50_000)) + "}"
    began = time.thread_time()
    assert len(LongReader().loads(text)) == 50_000
    assert time.thread_time() - began < 2


@given(VALUES | st.dictionaries(WORDS, LISTS | VALUES))
@example({"b": [], "a": [*range(1_234)], "": [["x"], {"z": 1, "y": 2}]})
def test_parts_make_what_python_writes_at_once(value: object) -> None:
    assert "".join(written(value)) == json.dumps(value, sort_keys=True)


def test_a_long_list_is_written_in_many_parts() -> None:
    parts = list(written({"recipients": ["+14155550101"] * 5_000}))
    assert max(map(len, parts)) < sum(map(len, parts)) / 9
