"""Senders: numbers of ours, or names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidNumber
from app.domain.sender import read_sender


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("+15550001111", "+15550001111"),
        ("15550001111", "+15550001111"),
        ("  15550001111 ", "+15550001111"),
        ("12345", "+12345"),
        ("123", "+123"),
        ("123456789012345", "+123456789012345"),
        ("Bells", "Bells"),
        ("My Shop 24", "My Shop 24"),
        ("4ALL", "4ALL"),
        ("x", "x"),
        ("abcdefghijk", "abcdefghijk"),
    ],
)
def test_a_sender_is_written_in_one_way(written: str, sender: str) -> None:
    assert read_sender(written) == sender


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "+",
        "12",
        "0155500011",
        "1234567890123456",
        "+1 555 000 1111",
        "abcdefghijkl",
        "Bells!",
        "Grüße",
        "Bells\n2",
        "１2345",
        "+Bells",
    ],
)
def test_what_can_be_no_sender_is_refused_with_the_way_to_mend_it(written: str) -> None:
    with pytest.raises(InvalidNumber, match="give a number of yours"):
        read_sender(written)


@given(st.one_of(st.text(max_size=20), st.from_regex(r"\+?[0-9 A-Za-z]{0,17}", fullmatch=True)))
def test_a_sender_reads_as_itself_and_fits_its_column(text: str) -> None:
    try:
        sender = read_sender(text)
    except InvalidNumber:
        return
    assert read_sender(sender) == sender
    assert len(sender) <= 16
    assert re.fullmatch(r"\+[1-9][0-9]{2,14}|[A-Za-z0-9 ]{1,11}", sender)
