"""What forces Unicode is named, with what plain characters would save; nothing is imposed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.segments import BASIC, EXTENSION, count_segments
from app.domain.text_stock import TextStock
from app.domain.unicode_cost import (
    REPLACEMENTS,
    advice,
    cost_of,
    culprits_of,
    in_plain,
)

CURLY = "It\u2019s " + "a" * 95
PLAIN = "It's " + "a" * 95


def test_every_replacement_is_in_gsm_and_every_replaced_character_is_not() -> None:
    assert set("".join(REPLACEMENTS.values())) <= BASIC | EXTENSION
    assert not set(REPLACEMENTS) & (BASIC | EXTENSION)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u2018a\u2019 \u201cb\u201d \u201ec\u201f", '\'a\' "b" "c"'),
        ("1\u20132\u20143\u22124", "1-2-3-4"),
        ("so\u2026", "so..."),
        ("a\u00a0b\tc\u202fd\u2009e", "a b c d e"),
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("`x` \u00b4y\u00b4", "'x' 'y'"),
        ("\u0391\u0392\u0393", "AB\u0393"),
        ("Gr\u00fc\u00dfe \u20ac", "Gr\u00fc\u00dfe \u20ac"),
    ],
)
def test_a_plain_text_says_the_same(text: str, plain: str) -> None:
    assert in_plain(text) == plain


def test_a_culprit_has_its_name_its_places_and_its_replacement() -> None:
    quote, moth = culprits_of("It\u2019s \u0142\u2019")

    assert (quote.character, quote.name) == ("\u2019", "RIGHT SINGLE QUOTATION MARK")
    assert (quote.positions, quote.replacement) == ((2, 6), "'")
    assert (moth.positions, moth.replacement) == ((5,), None)


def test_what_has_no_name_is_called_by_its_number() -> None:
    assert culprits_of("a\tb")[0].name == "U+0009"


@pytest.mark.parametrize(
    ("text", "now", "plain"),
    [
        (CURLY, 2, 1),
        (PLAIN, 1, 1),
        (CURLY + "\u0142", 2, 2),  # one that stays is enough
        ("\u200b", 1, 1),  # nothing would be left
        ("\u2026", 1, 1),
        ("\u2026" * 70, 1, 1),  # it would be longer in plain characters
        ("\u2019" * 135, 3, 1),
    ],
)
def test_what_is_saved_is_counted(text: str, now: int, plain: int) -> None:
    cost = cost_of(text)
    assert (cost.segments, cost.plain) == (now, plain)


@given(st.text(st.sampled_from("ab\u2019\u2026\u200b\u0142€"), min_size=1, max_size=300))
def test_replacing_never_costs_more_and_is_done_once(text: str) -> None:
    cost = cost_of(text)
    assert cost.segments == count_segments(text).segments
    assert 1 <= cost.plain <= cost.segments
    assert in_plain(in_plain(text)) == in_plain(text)
    if cost.plain < cost.segments:
        assert count_segments(in_plain(text)).segments == cost.plain


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (
            (("\u2019",), 2, 1, 4812),
            "Replace \u2019 with ' : 2 segments become 1 for 4,812 people",
        ),
        ((("\u2026",), 2, 1, 1), "Replace \u2026 with ... : 2 segments become 1 for 1 person"),
        ((("\u00a0",), 3, 2), "Replace NO-BREAK SPACE with a space : 3 segments become 2"),
        (
            (("\u00ad", "\u00a0"), 2, 1),
            "Leave out SOFT HYPHEN and replace NO-BREAK SPACE with a space : 2 segments become 1",
        ),
    ],
)
def test_the_advice_is_a_sentence(given_: tuple[tuple[str, ...], int, int], words: str) -> None:
    assert advice(*given_) == words


def test_a_stock_adds_up_what_everybodys_text_costs() -> None:
    stock = TextStock()
    for text in [CURLY, CURLY, PLAIN, "\u0142" * 71, "a" * 307]:
        stock.add(text)

    kept = stock.as_json()

    assert kept is not None
    assert kept["segments"] == {"min": 1, "max": 3, "total": 2 + 2 + 1 + 2 + 3}
    assert [(each["character"], each["people"]) for each in kept["culprits"]] == [
        ("\u2019", 2),
        ("\u0142", 1),
    ]
    assert kept["advice"] == ["Replace \u2019 with ' : 2 segments become 1 for 2 people"]


def test_a_stock_of_nothing_says_nothing() -> None:
    assert TextStock().as_json() is None


def test_a_stock_shows_only_so_many_characters() -> None:
    stock = TextStock()
    for point in range(0x4E00, 0x4E00 + 500):
        stock.add(chr(point))

    kept = stock.as_json()

    assert kept is not None
    assert len(kept["culprits"]) == 20
