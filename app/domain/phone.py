"""Telephone numbers, read as people write them."""

import re
import unicodedata
from typing import NewType

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from app.domain.errors import InvalidNumber
from app.domain.numbering import MAX_DIGITS, MIN_DIGITS, plan_for, reading

PhoneNumber = NewType("PhoneNumber", str)
"""E.164 with its plus, as in +14155550101."""

_MAX_INPUT = 64  # characters: a number with all its decoration is shorter
_SEPARATORS = frozenset("./·•−~_．／～")  # noqa: RUF001 - the look-alikes are the point
_SEPARATOR_KINDS = frozenset({"Zs", "Pd", "Ps", "Pe"})  # spaces, dashes, brackets
_PLUSES = frozenset("+＋﹢⁺")  # noqa: RUF001 - the same

_SPOILT = (
    re.compile(r"\+?\d+([.,]\d+)?E\+?\d+", re.IGNORECASE),  # 4.41E+11
    re.compile(r"\+?\d{7,}[.,]0{1,2}"),  # 447700900000.0
    re.compile(r"\+?\d{1,3}(,\d{3})+"),  # 447,700,900,000
)
_EXTENSION = re.compile(r"\d\W*(?:ext?|extension|x|#|,,|;)\W*\d{1,9}\W*\Z", re.IGNORECASE)

_ADD_COUNTRY_CODE = "write it with a plus and the country code, as in +14155550101"


def read_number(text: str) -> PhoneNumber:
    """The number in E.164, which reads as itself; no plus, or 00, is taken as international.

    Raises InvalidNumber for what no telephone could have, says why and how to mend it, and does
    not repeat the number. "Possible" is what is asked (the right length for the country), since
    new ranges are in use before the tables know them; see `is_valid` for the rest.
    """
    digits = text.removeprefix("+")
    return _read_decorated(text) if _assigned(digits) is None else _plain(text, digits)


def read_and_check(text: str) -> tuple[PhoneNumber, bool]:
    """`read_number` and `is_valid` in one, at half the cost of both."""
    digits = text.removeprefix("+")
    is_assigned = _assigned(digits)
    if is_assigned is not None:
        return _plain(text, digits), is_assigned
    number = _read_decorated(text)
    return number, is_valid(number)


def _plain(text: str, digits: str) -> PhoneNumber:
    """The very text where it is the number already: a million of them should not stand twice."""
    return PhoneNumber(text if text is not digits else f"+{digits}")


def _read_decorated(text: str) -> PhoneNumber:
    plus, digits = _written(text)
    number = _possible(f"+{digits}")
    if number != f"+{digits}":
        _refuse_doubt(number, digits, plus=plus)
    return number


def is_valid(number: PhoneNumber) -> bool:
    """Does a numbering plan assign this range? As phonenumbers.is_valid_number has it."""
    is_assigned = _assigned(number[1:]) if number[:1] == "+" else None
    if is_assigned is not None:
        return is_assigned
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except NumberParseException:
        return False


def masked(number: str) -> str:
    """The text with its digits hidden, but for the last four, and never more than half of them."""
    digits = sum(character.isdigit() for character in number)
    hide = digits - min(4, digits // 2)
    shown = []
    for character in number:
        hidden = character.isdigit() and hide > 0
        hide -= hidden
        shown.append("*" if hidden else character)
    return "".join(shown)


def _assigned(digits: str) -> bool | None:
    """Is a possible number that phonenumbers would only put a plus before assigned? Else None."""
    if not (digits.isdigit() and digits.isascii()):
        return None
    known = reading(digits[:3], len(digits))
    return known.assigned(digits) if known else None


def _written(text: str) -> tuple[bool, str]:
    """Whether the writing says "international", and the digits from the country code on."""
    if len(text) > _MAX_INPUT:
        raise InvalidNumber(f"is longer than {_MAX_INPUT} characters: give one number only")
    bare = _undecorated(text)
    _refuse_other_things(bare)
    plus = bare[0] in _PLUSES
    digits = "".join(map(_digit, bare[plus:]))
    if not digits:
        raise InvalidNumber(f"has no digits: {_ADD_COUNTRY_CODE}")
    if not plus and digits.startswith("00"):  # the international prefix of most countries
        return True, digits[2:]
    if not plus and digits.startswith("0"):
        raise InvalidNumber(f"starts with 0, so its country is unknown: {_ADD_COUNTRY_CODE}")
    return plus, digits


def _undecorated(text: str) -> str:
    """Without invisible characters, quotes around it and the scheme of a link."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    bare = visible.strip().strip("'\"`").strip()  # spreadsheets mark text by an apostrophe
    number = bare[4:] if bare[:4].lower() == "tel:" else bare
    return number.lstrip("([ \u00a0\t")  # (+44) 20 7946 0000


def _refuse_other_things(bare: str) -> None:
    """Raise InvalidNumber for what looks like something else than one number."""
    if not bare:
        raise InvalidNumber(f"is empty: {_ADD_COUNTRY_CODE}")
    if any(spoilt.fullmatch(bare) for spoilt in _SPOILT):
        raise InvalidNumber("was reformatted by a spreadsheet: export its column as text")
    if _EXTENSION.search(bare):
        raise InvalidNumber("has an extension, which cannot receive texts: give the number alone")
    if any(character.isalpha() for character in bare):
        raise InvalidNumber("contains letters: write it in digits")


def _digit(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":  # fullwidth and Arabic-Indic digits too
        return str(unicodedata.decimal(character))
    if character in _SEPARATORS or kind in _SEPARATOR_KINDS or character.isspace():
        return ""
    if character in _PLUSES:
        raise InvalidNumber("has a plus in the middle: give one number only")
    raise InvalidNumber(f"contains {character!r}: give one number, in digits")


def _refuse_doubt(number: PhoneNumber, digits: str, *, plus: bool) -> None:
    """Raise InvalidNumber where taking away a trunk prefix may have made another number.

    Without a plus, 3105551234 is a number of Los Angeles sooner than one of the Netherlands.
    """
    plan = plan_for(digits[:3])
    if not plus and plan is not None and digits[len(plan.code) :].startswith("0"):
        raise InvalidNumber(f"has a 0 after what may be its country code: {_ADD_COUNTRY_CODE}")
    if _possible(number) != number:
        raise InvalidNumber("has more than one trunk prefix after its country code: remove them")


def _possible(plain: str) -> PhoneNumber:
    """What phonenumbers makes of a plus and digits."""
    try:
        parsed = phonenumbers.parse(plain)
    except NumberParseException as error:
        raise InvalidNumber(_why_unreadable(error.error_type)) from None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != ValidationResult.IS_POSSIBLE:
        raise InvalidNumber(_why_impossible(reason, parsed.country_code))
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if not MIN_DIGITS < len(number) <= MAX_DIGITS + 1:  # with the plus
        raise InvalidNumber(f"must have {MIN_DIGITS} to {MAX_DIGITS} digits with its country code")
    return PhoneNumber(number)


def _why_unreadable(error_type: int) -> str:
    if error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return f"starts with no country code in use: {_ADD_COUNTRY_CODE}"
    if error_type == NumberParseException.TOO_LONG:
        return f"is too long: at most {MAX_DIGITS} digits with the country code"
    return "is too short to be a telephone number: add the missing digits"


def _why_impossible(reason: int, code: int | None) -> str:
    if reason == ValidationResult.TOO_LONG:
        return f"is too long for country code +{code}: remove what does not belong to the number"
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return f"lacks the area code after country code +{code}: add it"
    if reason == ValidationResult.TOO_SHORT:
        return f"is too short for country code +{code}: add the missing digits"
    return f"has a number of digits that country code +{code} does not use: check it"
