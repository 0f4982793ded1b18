"""Spans of time and counts as people speak of them."""

import pytest

from app.web.dashboard.wording import counted, lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (0.4, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (5_400, "90 minutes"),
        (7_200, "2 hours"),
        (90_000, "25 hours"),
        (172_800, "2 days"),
        (100_000_000, "1,157 days"),
    ],
)
def test_a_span_is_told_roughly(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 people"), (1, "1 person"), (2_000, "2,000 people")]
)
def test_of_one_there_is_only_one(count: int, words: str) -> None:
    assert counted(count, "person", "people") == words
    assert counted(count, "text") == words.replace("people", "texts").replace("person", "text")
