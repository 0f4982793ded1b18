"""Whom a campaign is for, when it names no recipients: lists, an audience, or both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.audience import Rule
from app.domain.audience_rules import read_rule


@dataclass(frozen=True, slots=True)
class Target:
    """Contacts on any of the lists, as far as the audience chooses them.

    `audience` is the id or name of a saved one, or a rule of the campaign's own, as JSON.
    """

    lists: tuple[str, ...] = ()  # ids or names
    audience: str | Mapping[str, Any] | None = None

    @property
    def own_rule(self) -> Rule | None:
        """The campaign's own rule; raises FixInput when it cannot be read."""
        return read_rule(self.audience, "/audience") if isinstance(self.audience, Mapping) else None

    def as_json(self) -> dict[str, Any]:
        """For storage; `from_json` reads it."""
        named = self.audience if isinstance(self.audience, str | None) else dict(self.audience)
        return {"lists": list(self.lists), "audience": named}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Target":
        return cls(tuple(kept["lists"]), kept["audience"])
