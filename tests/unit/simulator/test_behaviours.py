"""Which numbers are magic."""

from pathlib import Path

import pytest

from simulator.behaviours import MAGIC, ORDINARY, behaviour_of, magic_table

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "simulator.md"


@pytest.mark.parametrize(
    "number",
    ["15551112222", "15553334444", "15550001111", "15551234567", "447700900000", "4155524012345"],
)
def test_an_ordinary_number_is_delivered(number: str) -> None:
    assert behaviour_of(number) is ORDINARY


def test_only_numbers_of_eleven_digits_are_magic() -> None:
    assert behaviour_of("15552400001") is not ORDINARY
    assert behaviour_of("1555240000") is ORDINARY
    assert behaviour_of("155524000010") is ORDINARY


def test_each_behaviour_has_ten_thousand_numbers() -> None:
    assert behaviour_of("15552400000") is behaviour_of("15552409999") is MAGIC["240"]


@pytest.mark.parametrize("code", [1040, 1210, 1240, 1300, 1360, 1490])
def test_a_rejection_is_found_by_its_code_without_the_leading_1(code: int) -> None:
    assert MAGIC[str(code)[1:]].receipts[-1].code == code


def test_no_behaviour_is_said_twice() -> None:
    summaries = [behaviour.summary for behaviour in MAGIC.values()]
    assert len(set(summaries)) == len(summaries)


def test_the_documentation_has_the_whole_table() -> None:
    lines = DOCUMENTATION.read_text().splitlines()
    documented = [line for line in lines if line.startswith("| `1555")]
    assert documented == [f"| `{row['pattern']}` | {row['behaviour']} |" for row in magic_table()]
