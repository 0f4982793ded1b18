"""Adds decisions up as they go by: counts, segments, countries and holds, in constant memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from app.domain.campaign import PlannedMessage
from app.domain.country import country_of
from app.domain.message import MessageStatus
from app.domain.seal import Sealing

_REASONS = 100  # distinct ones that are counted apart
OTHER_REASONS = "other reasons"

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Tally:
    """What a campaign comes to."""

    begins_at: datetime
    sent_now: int = 0
    held: Counter[datetime] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    sealing: Sealing = field(default_factory=Sealing)
    is_sealed: bool = True  # False: nobody will ask for the seal, which costs as much as the rest
    _to: Counter[tuple[str, int]] = field(default_factory=Counter)  # by country and segments

    def watch(self, planned: Iterable[PlannedMessage]) -> Iterator[PlannedMessage]:
        """The same decisions; each is added up before it is passed on."""
        for message in planned:
            self.add(message)
            yield message

    def add(self, message: PlannedMessage) -> None:
        if self.is_sealed:
            self.sealing.add(message)
        if message.status is not MessageStatus.QUEUED:
            count_reason(self.skipped, message.reason or "")
            return
        if self.is_held(message):
            self.held[message.due_at] += 1
        else:
            self.sent_now += 1
        self._to[country_of(message.number), message.segments] += 1

    def is_held(self, message: PlannedMessage) -> bool:
        """Must it wait, although the campaign has begun?"""
        return message.due_at > self.begins_at

    @property
    def segments(self) -> int:
        return self.segments_to.total()

    @property
    def distribution(self) -> Counter[int]:
        """Messages by their segments."""
        return _sums((segments, messages) for (_, segments), messages in self._to.items())

    @property
    def messages_to(self) -> Counter[str]:
        """By country."""
        return _sums((country, messages) for (country, _), messages in self._to.items())

    @property
    def segments_to(self) -> Counter[str]:
        """By country."""
        return _sums((country, each * messages) for (country, each), messages in self._to.items())

    @property
    def messages(self) -> int:
        """How many leave, now or later."""
        return self.sent_now + self.held.total()

    @property
    def people(self) -> int:
        return self.messages + self.skipped.total()


def count_reason(reasons: Counter[str], reason: str) -> None:
    """Count it under its own name, or with the others once there are very many."""
    reasons[reason if reason in reasons or len(reasons) < _REASONS else OTHER_REASONS] += 1


def _sums(counts: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for key, count in counts:
        found[key] += count
    return found
