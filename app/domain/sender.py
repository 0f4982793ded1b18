"""What texts come from: a number of ours, or a name where the country allows it."""

import re

from app.domain.errors import InvalidNumber

_NUMBER = re.compile(r"\+?[1-9][0-9]{2,14}")  # down to short codes
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # GSM 03.40: eleven characters


def read_sender(text: str) -> str:
    """The sender as we write it everywhere: digits with a plus, or the name as it is.

    Raises InvalidNumber.
    """
    given = text.strip()
    if _NUMBER.fullmatch(given):
        return f"+{given.removeprefix('+')}"
    if _NAME.fullmatch(given):
        return given
    raise InvalidNumber(
        "is no sender: give a number of yours with its country code, or a name of at most"
        " 11 letters and digits"
    )
