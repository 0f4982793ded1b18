"""Where a sender is registered with those who decide what its texts may do, as far as is known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class RegistrationStatus(StrEnum):
    """How far a registration has come."""

    UNREGISTERED = "unregistered"
    PENDING = "pending"
    REGISTERED = "registered"
    REJECTED = "rejected"


MAX_WORDS = 80
"""Characters of the two texts: long enough for a name, and for any reference."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody noted of it; nothing is asked of the registry, and nothing is held back."""

    status: RegistrationStatus
    registry: str | None = None  # as in "The Campaign Registry (10DLC)"
    reference: str | None = None  # its own name for the registration, as the id of a campaign

    def as_json(self) -> dict[str, Any]:
        """For storage and the audit trail; `from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Registration":
        return cls(**{**kept, "status": RegistrationStatus(kept["status"])})
