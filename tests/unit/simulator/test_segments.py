"""How many parts a text takes."""

import gsm0338
import pytest

from simulator.segments import GSM_BASIC, GSM_EXTENSION, count_segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("🔔" * 35, 1),
        ("🔔" * 36, 2),
    ],
)
def test_a_text_takes_as_many_parts_as_a_carrier_bills(text: str, parts: int) -> None:
    assert count_segments(text) == parts


def test_an_escaped_character_is_not_torn_between_two_parts() -> None:
    assert count_segments("a" * 152 + "€" + "a" * 152) == 3


def test_a_surrogate_pair_is_not_torn_between_two_parts() -> None:
    assert count_segments("ж" * 66 + "🔔" + "ж" * 66) == 3


def test_the_encoding_can_be_forced() -> None:
    assert count_segments("a" * 100, "unicode") == 2
    assert count_segments("ж" * 100, "text") == 1


def test_the_alphabet_is_that_of_the_standard() -> None:
    codec = gsm0338.Codec()
    for character in GSM_BASIC | GSM_EXTENSION:
        assert len(codec.encode(character)[0]) == (2 if character in GSM_EXTENSION else 1)
