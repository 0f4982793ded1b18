"""Adds decisions up as they go by: counts, segments, countries and holds, in constant memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.campaign import PlannedMessage
from app.domain.country import country_of
from app.domain.message import MessageStatus
from app.domain.seal import Sealing

_REASONS = 100  # distinct ones that are counted apart
OTHER_REASONS = "other reasons"


@dataclass(slots=True)
class Tally:
    """What a campaign comes to."""

    begins_at: datetime
    sent_now: int = 0
    held: Counter[datetime] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    distribution: Counter[int] = field(default_factory=Counter)  # messages by their segments
    messages_to: Counter[str] = field(default_factory=Counter)  # by country
    segments_to: Counter[str] = field(default_factory=Counter)
    sealing: Sealing = field(default_factory=Sealing)

    def watch(self, planned: Iterable[PlannedMessage]) -> Iterator[PlannedMessage]:
        """The same decisions; each is added up before it is passed on."""
        for message in planned:
            self.add(message)
            yield message

    def add(self, message: PlannedMessage) -> None:
        self.sealing.add(message)
        if message.status is not MessageStatus.QUEUED:
            count_reason(self.skipped, message.reason or "")
            return
        if self.is_held(message):
            self.held[message.due_at] += 1
        else:
            self.sent_now += 1
        country, segments = country_of(message.number), message.segments
        self.segments += segments
        self.distribution[segments] += 1
        self.messages_to[country] += 1
        self.segments_to[country] += segments

    def is_held(self, message: PlannedMessage) -> bool:
        """Must it wait, although the campaign has begun?"""
        return message.due_at > self.begins_at

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
