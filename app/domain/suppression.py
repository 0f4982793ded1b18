"""Numbers of people who are forgotten, recognised by a keyed hash (GDPR, Article 17).

A plain hash would not do: there are so few numbers that all of them can be tried in minutes.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

_NAME = b"the name of this key"
_NAME_LENGTH = 16  # hexadecimal digits: enough to tell an operator's keys apart


def key_name(key: bytes) -> str:
    """A name for the key, which does not reveal it."""
    return hmac.new(key, _NAME, hashlib.sha256).hexdigest()[:_NAME_LENGTH]


def digest_of(key: bytes, number: str) -> str:
    """What is kept of a number."""
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()


def digests_of(keys: Iterable[bytes], numbers: Iterable[str]) -> dict[str, str]:
    """Each number by every digest that it can have been kept under."""
    listed = list(numbers)
    return {digest_of(key, number): number for key in keys for number in listed}


_MARK = "~"
_PSEUDONYM = 16  # characters: what a column for numbers holds


def pseudonym(chain: str) -> str:
    """What stands in place of a number that is erased: nobody's, and another for each person."""
    return _MARK + chain.replace("-", "")[-(_PSEUDONYM - 1) :]


def is_pseudonym(number: str) -> bool:
    """Was there a number of somebody who is forgotten?"""
    return number.startswith(_MARK)


FORGOTTEN = "erased"
"""What stands where a number stood in a text."""

_BETWEEN = r"[\s()./+-]{0,4}(?:\(0\)[\s.-]{0,2})?"  # as people write numbers


def spelled(number: str) -> re.Pattern[str]:
    """The number as people write it with its country code; never a part of a longer one."""
    digits = _BETWEEN.join(number.removeprefix("+"))
    return re.compile(rf"(?<!\d)(?:\+|00)?{digits}(?!\d)")
