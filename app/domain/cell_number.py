"""Telephone numbers as they stand in the cells of a spreadsheet, with what it did to them."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, ValidationResult

from app.domain.errors import InvalidNumber
from app.domain.numbering import plan_for
from app.domain.phone import PhoneNumber, is_valid, read_number

_SCIENTIFIC = re.compile(r"(\+?)(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)
_DECIMALS = re.compile(r"(\+?\d{6,})[.,]0+")
_GROUPED = re.compile(r"\+?\d{1,3}(?:,\d{3}){2,}|\+?\d{1,3}(?:\u202f\d{3}){2,}")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|NUM!|DIV/0!|NULL!|####*)")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")
_LONGEST = 64  # characters
_FULL = 11  # digits: so many have a country code among them, valid or not

LOST_DIGITS = (
    "was shortened by a spreadsheet to {text}, and {lost} of its digits are lost: in the original,"
    " format the column as text (or as a number without decimals), and export it again"
)
NO_COUNTRY = (
    "begins with 0, so its country is unknown: write it with a plus and the country code, or name"
    " the country of such numbers in default_region"
)
NO_PLUS = (
    "has no plus, and is no valid number when its first digits are taken for a country code: write"
    " it as in +14155550101, or name the country of such numbers in default_region"
)


@dataclass(frozen=True, slots=True)
class CellNumber:
    """A number that was read; `mended` says what had to be put right, if anything."""

    number: PhoneNumber
    mended: str | None = None


def known_region(text: str) -> str | None:
    """The two letters of a country whose numbers are known, in capitals; None for no such."""
    region = text.strip().upper()
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def read_cell_number(text: str, region: str | None = None) -> CellNumber:
    """The number in a cell. `region`, as in "GB", is where numbers without a plus are from.

    Raises InvalidNumber, which says what is wrong and how to mend it. What a spreadsheet did is
    undone where nothing was lost: `447700900000.0`, `4.477009E+11` with all of its digits, an
    apostrophe, invisible characters. Digits without plus are read as a national number of the
    region where that is valid, and else as an international one if that is valid.
    """
    if text[:1] == "+" and text[1:].isascii() and text[1:].isdigit():
        return CellNumber(read_number(text))
    if len(text) > _LONGEST:
        raise InvalidNumber(f"is longer than {_LONGEST} characters: give one number only")
    bare = _bare(text)
    digits, mended = _restored(bare)
    compact = _SEPARATORS.sub("", digits)
    if not (compact.isascii() and compact.isdigit()):
        return CellNumber(read_number(digits), mended or _note(text, bare))
    number, what = _without_plus(compact, region)
    return CellNumber(number, mended or what)


def _bare(text: str) -> str:
    """Without what nobody sees, and the apostrophe that marks text."""
    seen = (" " if unicodedata.category(c) == "Zs" else c for c in text)
    return "".join(c for c in seen if unicodedata.category(c) not in {"Cf", "Cc"}).strip(" '\"`")


def _note(text: str, bare: str) -> str | None:
    return None if bare in (text, text.strip()) else "invisible or quoting characters taken away"


def _restored(bare: str) -> tuple[str, str | None]:
    """What stood there before a spreadsheet took it for an amount, and a word on that."""
    if _ERROR.fullmatch(bare):
        raise InvalidNumber(f"is {bare}, the error of a formula: put the number itself there")
    if found := _SCIENTIFIC.fullmatch(bare):
        return _unfolded(bare, found), "written out from scientific notation"
    if found := _DECIMALS.fullmatch(bare):
        return found[1], "decimals taken away"
    if _GROUPED.fullmatch(bare):
        return re.sub(r"[,\u202f]", "", bare), "thousands separators taken away"
    return bare, None


def _unfolded(bare: str, found: re.Match[str]) -> str:
    """The number that was folded into scientific notation, if all of its digits are there."""
    plus, first, rest, exponent = found.groups()
    lost = int(exponent) - len(rest or "")
    if lost > 0:
        raise InvalidNumber(LOST_DIGITS.format(text=bare, lost=lost))
    value = Decimal(f"{first}.{rest or 0}E{exponent}")
    if value != value.to_integral_value():
        raise InvalidNumber("is a fraction: give a telephone number")
    return f"{plus}{int(value)}"


def _without_plus(digits: str, region: str | None) -> tuple[PhoneNumber, str]:
    if digits.startswith("00"):
        return read_number(digits), "international prefix replaced by a plus"
    national = _national(digits, region) if region else None
    if national and is_valid(national):
        return national, f"country code of {region} added"
    international = _international(digits)
    if international and (is_valid(international) or (not national and len(digits) >= _FULL)):
        return international, "missing plus added"
    if national:  # possible, as new ranges are before the tables know them
        return national, f"country code of {region} added"
    if digits.startswith("0"):
        raise InvalidNumber(_not_in(region) if region else NO_COUNTRY)
    raise InvalidNumber(_not_in(region) if region else NO_PLUS)


def _not_in(region: str) -> str:
    return (
        f"has no plus, and is no number of {region}, nor of any country whose code it begins with:"
        " check its digits (a spreadsheet may have taken away a 0), or write it with a plus"
    )


def _international(digits: str) -> PhoneNumber | None:
    try:
        return read_number(digits)
    except InvalidNumber:
        return None


def _national(digits: str, region: str) -> PhoneNumber | None:
    """The digits as people of the region dial them, with or without the 0 that may be lost."""
    for code, prefix in _simple(region):
        plain = f"{code}{digits.removeprefix(prefix) if prefix else digits}"
        plan = plan_for(plain[:3])
        if plan is not None and plan.keeps(plain) and is_valid(PhoneNumber(f"+{plain}")):
            return PhoneNumber(f"+{plain}")
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    # Not is_possible_number: that takes numbers without their area code too.
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return PhoneNumber(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


@cache
def _simple(region: str) -> tuple[tuple[str, str], ...]:
    """Country code and trunk prefix of a region whose numbers need no more than these."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.national_prefix_transform_rule:
        return ()
    prefix = metadata.national_prefix or ""
    if (metadata.national_prefix_for_parsing or "") != prefix:
        return ()
    return ((str(metadata.country_code), prefix),)
