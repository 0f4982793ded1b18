"""People who use the dashboard: what they are called, and what each may do."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import Mistake
from app.domain.moments import known_zones

SHORTEST = 12  # characters of a password (NIST SP 800-63B asks for 8, and for 15 if it is alone)
LONGEST = 200  # beyond it, hashing serves only who wants to keep us busy
IDLE = timedelta(hours=12)  # nobody signs in twice on one day
AT_MOST = timedelta(days=14)  # a sign-in ends, used or not
NOTED_EVERY = timedelta(minutes=5)  # how exactly we know when it was used last

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


class Role(StrEnum):
    """What somebody may do; each may do what those before it may."""

    VIEWER = "viewer"  # look at everything but secrets
    SENDER = "sender"  # and write to people
    ADMIN = "admin"  # and decide who may

    def may(self, needed: "Role") -> bool:
        """Is this enough where `needed` is asked for?"""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    id: str
    name: str
    role: Role
    time_zone: str | None  # as in the IANA database; None: what the browser says
    created_at: datetime
    disabled_at: datetime | None  # may not sign in since


def name_of(text: str) -> str:
    """A name as it is kept: names are told apart without their case."""
    return text.strip().lower()


def mistakes_in_name(name: str) -> list[Mistake]:
    if _NAME.fullmatch(name):
        return []
    detail = "must be 2 to 64 letters, digits or any of . _ @ + -, beginning with a letter or digit"
    return [Mistake("/name", detail)]


def mistakes_in_password(password: str, name: str) -> list[Mistake]:
    """What is wrong with a new password: too short, or the name (NIST SP 800-63B, 5.1.1.2)."""
    if not SHORTEST <= len(password) <= LONGEST:
        return [Mistake("/password", f"must have {SHORTEST} to {LONGEST} characters")]
    if password.lower() == name or len(set(password)) < 5:  # noqa: PLR2004 (aaaaaaaaaaaa, abababab)
        return [Mistake("/password", "is too easy to guess")]
    return []


def mistakes_in_zone(zone: str | None) -> list[Mistake]:
    if zone is None or zone in known_zones():
        return []
    return [Mistake("/time_zone", "is no time zone: write it as in Europe/Berlin")]
