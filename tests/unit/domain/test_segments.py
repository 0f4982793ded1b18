"""Texts are counted as 3GPP TS 23.038 has it, and cut where no character is split."""

import codecs
from itertools import pairwise

import pytest
from gsm0338 import Codec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.segments import (
    BASIC,
    EXTENSION,
    count_segments,
    part_units,
    parts,
    room_left,
)

WINK = "\U0001f61c"  # two units
FLAG = "\U0001f1ee\U0001f1f9"  # four units
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"  # six units
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"  # eleven units

VECTORS = [
    ("1" * 160, "GSM-7", 160, 1),
    ("1" * 161, "GSM-7", 161, 2),
    ("x" * 306, "GSM-7", 306, 2),
    ("x" * 307, "GSM-7", 307, 3),
    ("x" * 459, "GSM-7", 459, 3),
    ("x" * 460, "GSM-7", 460, 4),
    ("x" * 1530, "GSM-7", 1530, 10),
    ("x" * 1531, "GSM-7", 1531, 11),
    ("€" + "a" * 158, "GSM-7", 160, 1),
    ("€" + "a" * 159, "GSM-7", 161, 2),
    ("a" * 158 + "|", "GSM-7", 160, 1),
    ("a" * 159 + "|", "GSM-7", 161, 2),
    ("^" * 80, "GSM-7", 160, 1),
    ("^" * 81, "GSM-7", 162, 2),
    ("a" * 304 + "[", "GSM-7", 306, 2),
    ("a" * 304 + "[]", "GSM-7", 308, 3),
    ("a" * 152 + "€" + "a" * 7, "GSM-7", 161, 2),
    ("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # plain division counts one less
    ("]" * 152, "GSM-7", 304, 2),
    ("]" * 153, "GSM-7", 306, 3),  # plain division counts one less
    ("^" * 228, "GSM-7", 456, 3),
    ("^" * 229, "GSM-7", 458, 4),  # plain division counts one less
    ("^" * 304, "GSM-7", 608, 4),
    ("\f" * 80, "GSM-7", 160, 1),
    ("\f" * 81, "GSM-7", 162, 2),
    ("\r\n" * 80, "GSM-7", 160, 1),
    ("\r\n" * 81, "GSM-7", 162, 2),
    ("à" * 160, "GSM-7", 160, 1),
    ("à" * 161, "GSM-7", 161, 2),
    ("à" * 612, "GSM-7", 612, 4),
    ("à" * 613, "GSM-7", 613, 5),
    ("à" * 918, "GSM-7", 918, 6),
    ("à" * 919, "GSM-7", 919, 7),
    ("Ç" * 160, "GSM-7", 160, 1),
    ("ç" * 70, "UCS-2", 70, 1),
    ("ç" * 71, "UCS-2", 71, 2),
    ("Δ_ΦΓΛΩΠΨΣΘΞ", "GSM-7", 11, 1),
    ("\u0391", "UCS-2", 1, 1),  # a Greek alpha that looks like an A
    ("ú" * 134, "UCS-2", 134, 2),
    ("ú" * 135, "UCS-2", 135, 3),
    ("ÿ" * 268, "UCS-2", 268, 4),
    ("ÿ" * 269, "UCS-2", 269, 5),
    ("ÿ" * 402, "UCS-2", 402, 6),
    ("ÿ" * 403, "UCS-2", 403, 7),
    ("à" * 70 + "ÿ", "UCS-2", 71, 2),
    ("â" * 69 + "{", "UCS-2", 70, 1),
    ("â" * 70 + "{", "UCS-2", 71, 2),
    ("â" * 133 + "}", "UCS-2", 134, 2),
    ("â" * 134 + "}", "UCS-2", 135, 3),
    (WINK + "1" * 68, "UCS-2", 70, 1),
    (WINK + "1" * 69, "UCS-2", 71, 2),
    (WINK + "1" * 132, "UCS-2", 134, 2),
    (WINK + "1" * 133, "UCS-2", 135, 3),
    (WINK * 35, "UCS-2", 70, 1),
    (WINK * 36, "UCS-2", 72, 2),
    (WINK * 66, "UCS-2", 132, 2),
    (WINK * 67, "UCS-2", 134, 3),  # plain division counts one less
    (WINK * 99, "UCS-2", 198, 3),
    (WINK * 100, "UCS-2", 200, 4),  # plain division counts one less
    ("☃" * 66 + "\U0001f433" + "☃" * 3, "UCS-2", 71, 2),
    ("ú" * 66 + WINK + "ú" * 66, "UCS-2", 134, 3),  # plain division counts one less
    (FLAG + "1" * 66, "UCS-2", 70, 1),
    (FLAG + "1" * 67, "UCS-2", 71, 2),
    (RAINBOW + "1" * 64, "UCS-2", 70, 1),
    (RAINBOW + "1" * 65, "UCS-2", 71, 2),
    (FAMILY * 6, "UCS-2", 66, 1),
    (FAMILY * 7, "UCS-2", 77, 2),
    (WINK + "]" * 68, "UCS-2", 70, 1),
    (WINK + "]" * 69, "UCS-2", 71, 2),
    ("It\u2019s " + "a" * 95, "UCS-2", 100, 2),
    ("It's " + "a" * 95, "GSM-7", 100, 1),
    ("Test \U0001f600", "UCS-2", 7, 1),
    ("\U00020bb7", "UCS-2", 2, 1),
    ("\u2013 \u2014 \u201c \u201d \u2026", "UCS-2", 9, 1),
    ("ú" * 60 + FAMILY + "ú" * 60, "UCS-2", 131, 2),  # by graphemes it would be 3
]

CUTS = [
    ("]" * 153, [76, 76, 1]),
    ("^" * 229, [76, 76, 76, 1]),
    (WINK * 67, [33, 33, 1]),
    ("ú" * 66 + WINK + "ú" * 66, [66, 66, 1]),
    ("☃" * 66 + "\U0001f433" + "☃" * 3, [66, 4]),
    ("a" * 152 + "€" + "a" * 152, [152, 152, 1]),
    ("a" * 160, [160]),
    ("a" * 161, [153, 8]),
    ("ç" * 71, [67, 4]),
]

ORACLE = Codec()


@pytest.mark.parametrize(("text", "encoding", "units", "segments"), VECTORS)
def test_a_text_takes_so_many_segments(text: str, encoding: str, units: int, segments: int) -> None:
    counted = count_segments(text)
    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, segments)
    assert len(parts(text)) == segments


def test_all_vectors_of_the_standard_and_its_peers_are_here() -> None:
    assert len(VECTORS) == len({text for text, *_ in VECTORS}) == 76


@pytest.mark.parametrize(("text", "lengths"), CUTS)
def test_a_pair_that_does_not_fit_starts_the_next_part(text: str, lengths: list[int]) -> None:
    assert [len(part) for part in parts(text)] == lengths


def test_the_culprits_are_named_once_in_order_of_appearance() -> None:
    assert count_segments("Łódź – “Łódź” €").culprits == tuple("Łóź–“”")


def test_a_text_in_gsm_has_no_culprits() -> None:
    assert count_segments("Ça va? Größe [5€]").culprits == ()


@pytest.mark.parametrize("text", ["", "\ud83d", "a\ude00b"])
def test_what_cannot_be_sent_is_not_counted(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        count_segments(text)
    with pytest.raises(ValueError, match=r".+"):
        parts(text)


@pytest.mark.parametrize(
    ("text", "units", "room"),
    [
        ("a", [1], 159),
        ("a" * 160, [160], 0),
        ("a" * 161, [153, 8], 145),
        ("a" * 306, [153, 153], 0),
        ("a" * 152 + "€" + "a" * 152, [152, 153, 1], 152),
        ("ç", [1], 69),
        (WINK * 67, [66, 66, 2], 65),
    ],
)
def test_it_is_known_how_much_still_fits(text: str, units: list[int], room: int) -> None:
    assert (part_units(text), room_left(text)) == (units, room)


def _octets(character: str) -> int:
    """How the reference implementation encodes a character; 0 where it cannot."""
    try:
        return len(ORACLE.encode(character)[0])
    except UnicodeEncodeError:
        return 0


def test_the_alphabet_is_that_of_the_reference_implementation() -> None:
    everything = [chr(point) for point in range(0x10000) if not 0xD800 <= point < 0xE000]
    everything.remove("\x1b")  # the escape itself is no character
    assert {c for c in everything if _octets(c) == 1} == BASIC
    assert {c for c in everything if _octets(c) == 2} == EXTENSION


ALPHABETS = st.sampled_from(
    [
        "abc 123",
        "ab€[",
        "€",
        "aé" + WINK,
        WINK,
        "ąb",
        "".join(sorted(BASIC | EXTENSION)),
    ]
)
LONG = ALPHABETS.flatmap(lambda letters: st.text(letters, min_size=1, max_size=800))
TEXTS = st.one_of(LONG, st.text(min_size=1, max_size=300))


def _units(text: str, encoding: str) -> int:
    """The standard's own way of counting, one character at a time."""
    if encoding == "UCS-2":
        return len(codecs.encode(text, "utf-16-le")) // 2
    return sum(2 if character in EXTENSION else 1 for character in text)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_the_parts_are_the_text_and_fit(text: str) -> None:
    counted, cut = count_segments(text), parts(text)
    single, joined = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    limit = single if counted.segments == 1 else joined
    assert "".join(cut) == text
    assert len(cut) == counted.segments
    assert sum(_units(part, counted.encoding) for part in cut) == counted.units
    assert part_units(text) == [_units(part, counted.encoding) for part in cut]
    assert all(0 < _units(part, counted.encoding) <= limit for part in cut)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_a_part_is_filled_before_the_next_begins(text: str) -> None:
    """With the first character of the next part it would not fit: nobody pays for a hole."""
    counted, cut = count_segments(text), parts(text)
    joined = 153 if counted.encoding == "GSM-7" else 67
    for part, following in pairwise(cut):
        assert _units(part + following[0], counted.encoding) > joined


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.characters(exclude_categories=["Cs"]))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert count_segments(text + more).segments >= count_segments(text).segments


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_what_still_fits_costs_nothing_and_one_more_a_segment(text: str) -> None:
    now, room = count_segments(text).segments, room_left(text)
    assert count_segments(text + "a" * room).segments == now
    assert count_segments(text + "a" * (room + 1)).segments == now + 1


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_packing_costs_one_segment_more_at_most_up_to_ten(text: str) -> None:
    counted = count_segments(text)
    single, joined = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    divided = 1 if counted.units <= single else -(-counted.units // joined)
    assert divided <= counted.segments
    if counted.segments <= 10:
        assert counted.segments <= divided + 1


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_a_text_is_ucs2_exactly_if_it_has_culprits(text: str) -> None:
    counted = count_segments(text)
    assert (counted.encoding == "UCS-2") == bool(counted.culprits)
    assert set(counted.culprits) == set(text) - BASIC - EXTENSION
