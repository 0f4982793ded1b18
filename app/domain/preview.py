"""What a campaign would do: every recipient's decision, added up in one pass, with samples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.campaign import PlannedMessage, Refusal
from app.domain.estimate import Estimate
from app.domain.message import MessageStatus
from app.domain.segments import count_segments
from app.domain.tally import Tally, count_reason
from app.domain.text_stock import TextStock

_FIRST = 3  # samples from the beginning
_LENGTHS = 10  # distinct numbers of segments that are shown


class Fate(StrEnum):
    """What becomes of a recipient."""

    NOW = "send now"
    HELD = "held"
    SKIPPED = "skipped"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Decision:
    """One recipient's: a message that was planned, or a refusal."""

    message: PlannedMessage | None = None
    refusal: Refusal | None = None
    position: int | None = None  # in the client's list, where that is known
    is_doubtful: bool = False  # possible, but in no numbering plan

    def fate(self, begins_at: datetime) -> Fate:
        """What happens when the campaign begins then."""
        if self.message is None:
            repeated = self.refusal is not None and self.refusal.duplicate
            return Fate.DUPLICATE if repeated else Fate.REFUSED
        if self.message.status is not MessageStatus.QUEUED:
            return Fate.SKIPPED
        return Fate.HELD if self.message.due_at > begins_at else Fate.NOW


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as it would leave, and why this one is shown."""

    why: str
    message: PlannedMessage


@dataclass(slots=True)
class Samples:
    """The first few, one of each number of segments, and the longest."""

    first: list[PlannedMessage] = field(default_factory=list)
    by_segments: dict[int, PlannedMessage] = field(default_factory=dict)
    longest: PlannedMessage | None = None

    def add(self, message: PlannedMessage) -> None:
        if len(self.first) < _FIRST:
            self.first.append(message)
        if message.segments not in self.by_segments and len(self.by_segments) < _LENGTHS:
            self.by_segments[message.segments] = message
        if self.longest is None or len(message.text) > len(self.longest.text):
            self.longest = message

    def shown(self) -> Iterator[Sample]:
        """Each message once, under the first reason that it has."""
        seen: set[str] = set()
        named = [
            *(("first", each) for each in self.first),
            *((_of(count), each) for count, each in sorted(self.by_segments.items())),
            *([("longest", self.longest)] if self.longest else []),
        ]
        for why, message in named:
            if message.number not in seen:
                seen.add(message.number)
                yield Sample(why, message)


def _of(segments: int) -> str:
    return f"{segments} segment{'s' if segments > 1 else ''}"


@dataclass(slots=True)
class Survey:
    """Everything that is known of a campaign once each decision has gone by."""

    tally: Tally
    duplicates: int = 0
    doubtful: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    encodings: Counter[str] = field(default_factory=Counter)
    samples: Samples = field(default_factory=Samples)
    stock: TextStock = field(default_factory=TextStock)  # what plain characters would save

    def add_all(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            if decision.message is not None:
                self._add(decision.message)
                self.doubtful += decision.is_doubtful
            elif decision.refusal is not None and decision.refusal.duplicate:
                self.duplicates += 1
            elif decision.refusal is not None:
                count_reason(self.refused, decision.refusal.reason)

    def _add(self, message: PlannedMessage) -> None:
        self.tally.add(message)
        if message.status is MessageStatus.QUEUED:
            self.samples.add(message)
            self.stock.add(message.text)
            # The rules counted this very text a moment ago, and the count is still at hand.
            self.encodings[count_segments(message.text).encoding] += 1

    @property
    def recipients(self) -> int:
        """As many as the client named."""
        return self.tally.people + self.refused.total() + self.duplicates


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person should know before the launch."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to "what will this do, to whom, at what cost?"."""

    at: datetime
    survey: Survey
    estimate: Estimate
    warnings: tuple[Warned, ...]
    campaign_id: str | None = None
    token: str | None = None  # None: of an order that was not kept
    valid_until: datetime | None = None
