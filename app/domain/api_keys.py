"""Keys of the API: what one may do, how it is told apart, and when it is no key any more."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.errors import FixInput, Mistake
from app.domain.scopes import Scope

BITS = 256  # of randomness in a key: nothing to guess, so a plain SHA-256 is enough of a hash
PREFIX = 16  # characters that are kept to find a key by: its kind, and 48 bits
_LIVE, _TEST = "crl_live", "crl_test"
# The simulator's magic numbers: +1 555 CCC NNNN. No telephone has one, since 555 is no area code.
_MAGIC = re.compile(r"\+1555[0-9]{7}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: without the secret, which only its holder has."""

    id: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    is_test: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None  # to about a minute
    per_minute: int | None = None  # requests; None: as many as the service allows
    per_day: int | None = None  # messages that it may queue in a day of UTC

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What holds for messages that a caller queues."""

    key_id: str
    name: str
    is_test: bool
    per_day: int | None


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that somebody wants."""

    name: str
    scopes: frozenset[Scope]
    is_test: bool = False
    expires_at: datetime | None = None
    per_minute: int | None = None
    per_day: int | None = None

    def check(self, now: datetime) -> None:
        """Raise FixInput, naming every mistake, when there can be no such key."""
        mistakes = []
        if not re.fullmatch(r"[\w][\w .-]{0,39}", self.name):
            words = "1 to 40 letters, digits, spaces, dots and dashes, no number of a person"
            mistakes.append(Mistake("/name", f"give it a name of {words}"))
        if self.expires_at is not None and self.expires_at <= now:
            mistakes.append(Mistake("/expires_at", "is past"))
        limits = {"/requests_per_minute": self.per_minute, "/messages_per_day": self.per_day}
        for pointer, value in limits.items():
            if value is not None and value < 1:
                mistakes.append(Mistake(pointer, "must be at least 1; leave it out for no limit"))
        if mistakes:
            raise FixInput(mistakes)


def secret_of(entropy: bytes, *, is_test: bool) -> str:
    """The secret made of 32 random bytes, with what kind of key it is in front."""
    assert len(entropy) * 8 == BITS
    written = base64.urlsafe_b64encode(entropy).decode().rstrip("=")
    return f"{_TEST if is_test else _LIVE}_{written}"


def prefix_of(secret: str) -> str:
    return secret[:PREFIX]


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_magic(number: str) -> bool:
    """Is it a number that only the simulator answers for?"""
    return _MAGIC.fullmatch(number) is not None


def day_of(now: datetime) -> date:
    """The day of UTC that messages are counted by."""
    return now.date()
