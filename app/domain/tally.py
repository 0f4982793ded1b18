"""Adds decisions up as they go by: counts, segments, countries and holds, in constant memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from app.domain.campaign import PlannedMessage
from app.domain.country import country_of
from app.domain.lots import lots
from app.domain.message import MessageStatus
from app.domain.seal import Sealing

_REASONS = 100  # distinct ones that are counted apart
OTHER_REASONS = "other reasons"

_Key = TypeVar("_Key")

_Kind = tuple[MessageStatus, str | None, datetime, int]
_KIND = attrgetter("status", "reason", "due_at", "segments")
_NUMBER = attrgetter("number")


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
        for lot in lots(planned):
            self._add_all(lot)
            yield from lot

    def add(self, message: PlannedMessage) -> None:
        if self.is_sealed:
            self.sealing.add(message)
        self._count(country_of(message.number), _KIND(message), 1)

    def _add_all(self, lot: list[PlannedMessage]) -> None:
        """The same for some; those that are alike at once."""
        if self.is_sealed:
            for message in lot:
                self.sealing.add(message)
        countries = map(country_of, map(_NUMBER, lot))
        alike = Counter(zip(countries, map(_KIND, lot), strict=True))
        for (country, kind), people in alike.items():
            self._count(country, kind, people)

    def _count(self, country: str, kind: _Kind, people: int) -> None:
        status, reason, due_at, segments = kind
        if status is not MessageStatus.QUEUED:
            count_reason(self.skipped, reason or "", people)
            return
        if self.is_held(due_at):
            self.held[due_at] += people
        else:
            self.sent_now += people
        self._to[country, segments] += people

    def is_held(self, due_at: datetime) -> bool:
        """Must what is due then wait, although the campaign has begun?"""
        return due_at > self.begins_at

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


def count_reason(reasons: Counter[str], reason: str, people: int = 1) -> None:
    """Count it under its own name, or with the others once there are very many."""
    reasons[reason if reason in reasons or len(reasons) < _REASONS else OTHER_REASONS] += people


def _sums(counts: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for key, count in counts:
        found[key] += count
    return found
