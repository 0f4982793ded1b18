"""What a preview promised, small enough to keep: counts and digests, part by part.

The same people, outcomes and texts give the same seal, in whichever order they come: each part is
a sum of hashes. Left out is what time alone changes: until when a message is held.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.campaign import PlannedMessage
from app.domain.message import MessageStatus

SENT = "sent"
_MODULUS = 1 << 128
_DETAIL = re.compile(r"[:(\d]")


def kind_of(reason: str | None) -> str:
    """The rule in a reason, without the figures: "frequency cap" of "frequency cap: 3 in 24 h"."""
    return _DETAIL.split(reason, maxsplit=1)[0].strip() if reason else "skipped"


@dataclass(slots=True)
class Part:
    """A set of things: how many, and a digest of which."""

    count: int = 0
    digest: int = 0

    def add(self, item: bytes) -> None:
        self.count += 1
        self.digest += int.from_bytes(hashlib.blake2b(item, digest_size=16).digest())

    def as_json(self) -> list[Any]:
        return [self.count, f"{self.digest % _MODULUS:032x}"]


@dataclass(frozen=True, slots=True)
class Seal:
    """What decides whether a campaign is still the one that was previewed."""

    sender: str
    template: str  # SHA-256 of the text with its placeholders
    segments: int
    texts: str  # digest of who reads what
    outcomes: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # by rule; or SENT

    @property
    def people(self) -> int:
        return sum(count for count, _ in self.outcomes.values())

    @property
    def people_digest(self) -> int:
        """Of all of them, whatever becomes of each."""
        return sum(int(digest, 16) for _, digest in self.outcomes.values()) % _MODULUS

    def count(self, outcome: str) -> int:
        return self.outcomes.get(outcome, (0, ""))[0]

    def as_json(self) -> dict[str, Any]:
        """For storage; `from_json` reads it."""
        return {
            "sender": self.sender,
            "template": self.template,
            "segments": self.segments,
            "texts": self.texts,
            "outcomes": {name: list(part) for name, part in sorted(self.outcomes.items())},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Seal":
        outcomes = {name: (part[0], part[1]) for name, part in kept["outcomes"].items()}
        return cls(**{**kept, "outcomes": outcomes})

    def token(self, campaign_id: str) -> str:
        """A name for exactly this, for exactly this campaign."""
        said = json.dumps([campaign_id, self.as_json()], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


class Sealing:
    """Makes the seal while decisions go by, each of them once."""

    def __init__(self) -> None:
        self._outcomes: defaultdict[str, Part] = defaultdict(Part)
        self._texts = Part()
        self._segments = 0

    def add(self, message: PlannedMessage) -> None:
        number = message.number.encode()
        if message.status is MessageStatus.QUEUED:
            self._outcomes[SENT].add(number)
            self._texts.add(number + b"\0" + message.text.encode())
            self._segments += message.segments
        else:
            self._outcomes[kind_of(message.reason)].add(number)

    def seal(self, sender: str, template: str) -> Seal:
        outcomes = {name: part.as_json() for name, part in self._outcomes.items()}
        return Seal(
            sender=sender,
            template=hashlib.sha256(template.encode()).hexdigest(),
            segments=self._segments,
            texts=self._texts.as_json()[1],
            outcomes={name: (count, digest) for name, (count, digest) in outcomes.items()},
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was previewed."""

    part: str  # sender, text, recipients, skipped, fields
    before: int | str
    now: int | str
    sentence: str


def differences(before: Seal, now: Seal) -> list[Difference]:
    """What changed since a preview, the cause before what follows from it; empty: nothing did."""
    found = [*_of_the_order(before, now), *_of_the_people(before, now)]
    if before.texts != now.texts and not found:
        sentence = (
            "what recipients read is no longer what was shown: their fields changed, or what is"
            " added to every text"
        )
        found.append(Difference("fields", before.segments, now.segments, sentence))
    return found


def _of_the_order(before: Seal, now: Seal) -> Iterator[Difference]:
    if before.sender != now.sender:
        sentence = f"the sender was {before.sender} and is {now.sender}"
        yield Difference("sender", before.sender, now.sender, sentence)
    if before.template != now.template:
        sentence = f"the text changed: {before.segments} segments before, {now.segments} now"
        yield Difference("text", before.segments, now.segments, sentence)


def _of_the_people(before: Seal, now: Seal) -> Iterator[Difference]:
    if before.people_digest != now.people_digest:
        yield Difference("recipients", before.people, now.people, _who(before, now))
    for outcome in sorted((before.outcomes.keys() | now.outcomes.keys()) - {SENT}):
        old, new = before.count(outcome), now.count(outcome)
        if before.outcomes.get(outcome) != now.outcomes.get(outcome):
            yield Difference("skipped", old, new, _skipped(outcome, old, new))


def _who(before: Seal, now: Seal) -> str:
    more = now.people - before.people
    change = f"{abs(more)} {'more' if more > 0 else 'fewer'}" if more else "as many, but others"
    return f"the recipients changed: {before.people} before, {now.people} now ({change})"


def _skipped(outcome: str, old: int, new: int) -> str:
    change = f"{abs(new - old)} {'more' if new > old else 'fewer'}" if new != old else "others"
    return f"{change} skipped ({outcome}): {old} before, {new} now"
