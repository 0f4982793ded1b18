"""What spreadsheets do to numbers: undone where nothing was lost, and explained where it was."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cell_number import known_region, read_cell_number
from app.domain.errors import InvalidNumber

UK = "+447700900123"


@pytest.mark.parametrize(
    ("cell", "region", "number"),
    [
        (UK, None, UK),
        ("447700900123", None, UK),
        ("447700900123", "US", UK),
        ("447700900123.0", None, UK),
        ("447700900123,00", None, UK),
        ("4.47700900123E+11", None, UK),
        ("4,47700900123e11", None, UK),
        ("447,700,900,123", None, UK),
        ("'+447700900123", None, UK),
        ("\u202a+44\u00a07700\u00a0900123\u202c", None, UK),
        ("+44 (0)7700 900123", None, UK),
        ("00447700900123", None, UK),
        ("0044 7700 900123", "DE", UK),
        ("07700900123", "GB", UK),
        ("7700900123", "GB", UK),
        ("7700900123.0", "GB", UK),
        ("7.700900123E+09", "GB", UK),
        ("(415) 555-2671", "US", "+14155552671"),
        ("4155552671", "US", "+14155552671"),
        ("14155552671", "US", "+14155552671"),
        ("011447700900123", "US", UK),
        ("0151 23456789", "DE", "+4915123456789"),
        ("0612345678", "FR", "+33612345678"),
        ("612345678", "FR", "+33612345678"),
        ("0612345678", "IT", "+390612345678"),  # Italy keeps its 0
    ],
)
def test_what_can_be_put_right_is(cell: str, region: str | None, number: str) -> None:
    assert read_cell_number(cell, region).number == number


@pytest.mark.parametrize(
    ("cell", "region", "told"),
    [
        ("4.41E+11", None, "9 of its digits are lost"),
        ("4,4E+11", "GB", "10 of its digits are lost"),
        ("07700900123", None, "default_region"),
        ("7700900123", None, "default_region"),
        ("4155552671", None, "default_region"),
        ("12345", "GB", "no number of GB"),
        ("#N/A", None, "error of a formula"),
        ("", None, "is empty"),
        ("ask Jo", None, "letters"),
        ("4" * 70, None, "longer than 64"),
        ("+44 7700 900123; +44 7700 900124", "GB", "one number"),
    ],
)
def test_what_cannot_is_explained(cell: str, region: str | None, told: str) -> None:
    with pytest.raises(InvalidNumber, match=told):
        read_cell_number(cell, region)


@pytest.mark.parametrize("region", ["GB", "US", "DE", "FR", "IT", "AU", "BR", "MX", "AR", "IN"])
@given(st.integers(10**7, 10**11 - 1))
def test_a_valid_national_number_is_read_as_the_library_reads_it(region: str, digits: int) -> None:
    parsed = phonenumbers.parse(str(digits), region)
    if phonenumbers.is_valid_number(parsed):
        expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert read_cell_number(str(digits), region).number == expected


def test_regions_are_two_letters() -> None:
    assert [known_region(each) for each in ("gb ", "DE", "XX", "")] == ["GB", "DE", None, None]
