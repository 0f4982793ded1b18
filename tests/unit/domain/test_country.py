"""The country of a number, against phonenumbers itself."""

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberFormat

from app.domain.country import country_of

CODES = sorted(COUNTRY_CODE_TO_REGION_CODE)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+14155550101", "US"),
        ("+15551112222", "US"),  # in no numbering plan: the main country of the code
        ("+16045550123", "CA"),
        ("+18765550123", "JM"),
        ("+447700900123", "GB"),
        ("+447797712345", "JE"),
        ("+77012345678", "KZ"),
        ("+79161234567", "RU"),
        ("+4915112345678", "DE"),
        ("+870773111632", "+870"),  # a satellite, of no country
    ],
)
def test_countries(number: str, country: str) -> None:
    assert country_of(number) == country


@given(st.sampled_from(CODES), st.from_regex(r"[1-9][0-9]{5,10}", fullmatch=True))
def test_a_number_in_a_plan_is_where_phonenumbers_says(code: int, national: str) -> None:
    written = f"+{code}{national}"
    parsed = phonenumbers.PhoneNumber(country_code=code, national_number=int(national))
    region = phonenumbers.region_code_for_number(parsed)
    assume(region is not None)

    assert country_of(written) == (f"+{code}" if region == "001" else region)


def test_an_example_of_every_region_is_in_it() -> None:
    regions = {each for regions in COUNTRY_CODE_TO_REGION_CODE.values() for each in regions}
    for region in sorted(regions - {"001"}):
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is not None:
            written = phonenumbers.format_number(example, PhoneNumberFormat.E164)
            assert country_of(written) == phonenumbers.region_code_for_number(example), written
