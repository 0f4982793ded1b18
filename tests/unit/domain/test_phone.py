"""Numbers are read as people write them, and never differently from phonenumbers."""

import re
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from app.domain.errors import InvalidNumber
from app.domain.phone import PhoneNumber, is_valid, masked, read_and_check, read_number

WRITTEN = [
    ("+14155550101", "+14155550101"),
    ("+1 (415) 555-0101", "+14155550101"),
    ("0014155550101", "+14155550101"),
    ("00 1 415 555 0101", "+14155550101"),
    ("14155550101", "+14155550101"),
    ("1-415-555-0101", "+14155550101"),
    ("+1.415.555.0101", "+14155550101"),
    ("+1\u00a0415\u2011555\u200b0101", "+14155550101"),
    ("\u202a+1 415 555 0101\u202c", "+14155550101"),
    ("\ufeff+14155550101\n", "+14155550101"),
    ("+1 415–555—0101", "+14155550101"),
    ("＋１４１５５５５０１０１", "+14155550101"),
    ("+١٤١٥٥٥٥٠١٠١", "+14155550101"),
    ("tel:+1-415-555-0101", "+14155550101"),
    ("TEL: +14155550101", "+14155550101"),
    ("'+14155550101", "+14155550101"),
    ('"+14155550101"', "+14155550101"),
    ("+15551112222", "+15551112222"),
    ("+447700900000", "+447700900000"),
    ("(+44) 20 7946 0000", "+442079460000"),
    ("+44 (0)20 7946 0000", "+442079460000"),
    ("+49 030 123456", "+4930123456"),
    ("+49 (0)30/123456", "+4930123456"),
    ("+39 06 1234 5678", "+390612345678"),  # in Italy the 0 belongs to the number
    ("+1 1 415 555 0101", "+14155550101"),
    ("+54 11 15 1234 5678", "+5491112345678"),
    ("+800 1234 5678", "+80012345678"),
]

REFUSED = [
    ("", "is empty"),
    (" \u200b ", "is empty"),
    ("+", "has no digits"),
    ("()", "has no digits"),
    ("call me", "contains letters"),
    ("1-800-FLOWERS", "contains letters"),
    ("+1 415 555", "too short for country code +1"),
    ("+441", "too short"),
    ("+1 5550101", "lacks the area code after country code +1"),
    ("+14155550101123", "too long for country code +1"),
    ("+491234567890123456", "too long"),
    ("+49" + "1" * 14, "7 to 15 digits"),
    ("+49 1234", "7 to 15 digits"),
    ("+999 123456789", "no country code in use"),
    ("+210 12345678", "no country code in use"),
    ("07700 900000", "starts with 0"),
    ("011 1 415 555 0101", "starts with 0"),
    ("4.41E+11", "spreadsheet"),
    ("4,47701E+11", "spreadsheet"),
    ("447700900000.0", "spreadsheet"),
    ("447,700,900,000", "spreadsheet"),
    ("+1 415 555 0101 x12", "extension"),
    ("+1 415 555 0101 ext. 12", "extension"),
    ("+1 415 555 0101 #12", "extension"),
    ("+14155550101;ext=5", "extension"),
    ("+14155550101 / +14155550102", "plus in the middle"),
    ("+1+4155550101", "plus in the middle"),
    ("+1415555010²", "contains '²'"),
    ("+1415555①101", "contains '①'"),
    ("+1415555%0101", "contains '%'"),
    ("+49 00 30 123456", "more than one trunk prefix"),
    ("3105551234", "has a 0 after what may be its country code"),
    ("+" + "1" * 100, "longer than 64 characters"),
]


@pytest.mark.parametrize(("text", "number"), WRITTEN)
def test_a_number_is_read_however_it_is_written(text: str, number: str) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_no_number_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidNumber, match=re.escape(reason)):
        read_number(text)


def test_a_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read_number("+1 415 555 0101 99999")
    assert "5550101" not in str(refusal.value).replace(" ", "")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("+14155550101", True),
        ("+14165550123", True),  # Canada, which shares +1
        ("+447700900000", False),  # kept for drama, so in no plan
        ("+15551112222", False),
        ("+80012345678", True),
        ("+5491112345678", True),
        ("+77012345678", True),  # Kazakhstan, which shares +7
        ("+39066982", True),  # the Vatican, within +39
        ("+441481256789", True),  # Guernsey, within +44
        ("+4930123456", True),
        ("no number", False),
        ("", False),
        ("+", False),
        ("+1", False),
    ],
)
def test_a_number_is_valid_where_a_plan_assigns_it(number: str, *, valid: bool) -> None:
    assert is_valid(PhoneNumber(number)) is valid


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+14155550101", "+*******0101"),
        ("+1 (415) 555-0101", "+* (***) ***-0101"),
        ("Carillon", "Carillon"),
        ("Shop24", "Shop*4"),
        ("12345", "***45"),
        ("1", "*"),
        ("", ""),
        ("١٢٣٤٥٦٧٨", "****٥٦٧٨"),
    ],
)
def test_a_masked_number_shows_its_end_alone(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text())
def test_a_mask_keeps_the_shape_and_shows_at_most_four_digits(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert sum(character.isdigit() for character in shown) <= 4


def _examples() -> Iterator[str]:
    """Every kind of number of every region, with its plus."""
    kinds = sorted(phonenumbers.PhoneNumberType.values())
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in kinds:
            if example := phonenumbers.example_number_for_type(region, kind):
                yield phonenumbers.format_number(example, PhoneNumberFormat.E164)
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        if example := phonenumbers.example_number_for_non_geo_entity(code):
            yield phonenumbers.format_number(example, PhoneNumberFormat.E164)


EXAMPLES = tuple(dict.fromkeys(_examples()))
CODES = tuple(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))

DIGITS = st.text("0123456789", max_size=14)
ANY_DIGITS = DIGITS.map("+{}".format)
OF_SOME_COUNTRY = st.builds("+{}{}".format, st.sampled_from(CODES), DIGITS)


@st.composite
def near_an_example(draw: st.DrawFn) -> str:
    """An example of a real plan with a digit changed, added or dropped, or with a prefix."""
    number = draw(st.sampled_from(EXAMPLES))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(2, len(number)))
        put = draw(st.sampled_from(["", "0", "1", "8", "9", "00", "15", *"234567"]))
        number = number[:at] + put + number[at + draw(st.integers(0, 1)) :]
    return number


NUMBERS = st.one_of(near_an_example(), OF_SOME_COUNTRY, ANY_DIGITS)


def _as_the_library_has_it(text: str) -> str | None:
    """E.164 by phonenumbers alone; None if it is not possible in full."""
    try:
        parsed = phonenumbers.parse(text)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _read(text: str) -> str | None:
    try:
        return read_number(text)
    except InvalidNumber:
        return None


@settings(max_examples=1200, deadline=None)
@given(NUMBERS)
def test_a_number_is_read_as_phonenumbers_reads_it(text: str) -> None:
    expected = _as_the_library_has_it(text)
    if expected is None or not 7 <= len(expected) - 1 <= 15:
        assert _read(text) is None
    elif _as_the_library_has_it(expected) == expected:
        assert _read(text) == expected
    else:  # something like a second trunk prefix is left: reading it again would change it
        assert _read(text) is None


@settings(max_examples=1200, deadline=None)
@given(NUMBERS)
def test_a_number_is_valid_as_phonenumbers_has_it(text: str) -> None:
    try:
        expected = phonenumbers.is_valid_number(phonenumbers.parse(text))
    except NumberParseException:
        expected = False
    assert is_valid(PhoneNumber(text)) is expected


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_what_was_read_reads_as_itself_with_and_without_its_plus(text: str) -> None:
    if number := _read(text):
        assert read_number(number) == number
        assert read_number(number.removeprefix("+")) == number


@settings(max_examples=600, deadline=None)
@given(NUMBERS)
def test_reading_and_checking_in_one_is_the_same_as_one_after_the_other(text: str) -> None:
    if number := _read(text):
        assert read_and_check(text) == (number, is_valid(PhoneNumber(number)))
    else:
        with pytest.raises(InvalidNumber):
            read_and_check(text)


@settings(max_examples=300, deadline=None)
@given(near_an_example(), st.sampled_from(["+{}", "00{}", "tel:+{}", " ( +{} ) ", "+ {}\u200b"]))
def test_decoration_changes_nothing(text: str, decoration: str) -> None:
    assert _read(decoration.format(text[1:])) == _read(text)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    number = _read(text)
    assert number is None or (number[0] == "+" and number[1:].isdecimal())


@pytest.mark.parametrize("number", EXAMPLES[::7])
def test_every_country_has_numbers_that_are_read(number: str) -> None:
    """No plan is shut out; emergency-like short ones below seven digits aside."""
    if len(number) > 7 and phonenumbers.is_possible_number(phonenumbers.parse(number)):
        assert read_number(number) == number
