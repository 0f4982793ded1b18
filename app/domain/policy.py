"""When a campaign is held back or stopped before it does harm: the safety brake."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.message import MessageStatus

_CONFIDENCE = 1.645  # standard deviations: 95 % sure, one-sided
_ENOUGH = 0.8  # of the canary is settled: time to judge it
_FEWEST = 20  # messages that a rate is judged by: one bad number first is no bad list


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator or a client decided for a campaign. None switches a rule off."""

    canary: int | None = 100  # so many first, then wait for what becomes of them
    canary_from: int = 1_000  # only for campaigns with more recipients than this
    canary_wait: float = 15.0  # seconds at most
    max_failure_rate: float | None = 0.25  # of those whose end is known
    max_opt_out_rate: float | None = 0.05  # of those that were taken
    spend_cap: Decimal | None = None  # in the currency of the account
    late_tolerance: float | None = 3600.0  # seconds late that still count as on time
    resend_after: float | None = None  # seconds of silence after which a doubt is sent again

    def as_json(self) -> dict[str, Any]:
        """For storage; `from_json` reads it."""
        cap = None if self.spend_cap is None else str(self.spend_cap)
        return {**asdict(self), "spend_cap": cap}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Policy":
        cap = kept.get("spend_cap")
        return cls(**{**kept, "spend_cap": None if cap is None else Decimal(cap)})

    def needs_canary(self, recipients: int) -> bool:
        """Does a campaign of this size begin with a few?"""
        return bool(self.canary) and recipients > self.canary_from

    def trusted(self) -> "Policy":
        """The same for a campaign that a person let go on although its rates were too high."""
        return replace(self, max_failure_rate=None, max_opt_out_rate=None)


DEFAULT_POLICY = Policy()
NO_BRAKE = Policy(canary=None, max_failure_rate=None, max_opt_out_rate=None)


BRAKE = "safety brake"
SPEND_CAP = "spend cap"


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule that wants a campaign paused, and the reason with what to do about it."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How a campaign is doing."""

    counts: Mapping[MessageStatus, int]
    opt_outs: int = 0
    spent: Decimal = Decimal(0)
    priced: int = 0  # messages whose price is known

    def _of(self, *statuses: MessageStatus) -> int:
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def taken(self) -> int:
        """Messages that Vonage took."""
        return (
            self.settled
            - self._of(MessageStatus.FAILED)
            + self._of(MessageStatus.ACCEPTED, MessageStatus.SUBMITTED)
        )

    @property
    def failed(self) -> int:
        return self._of(MessageStatus.FAILED, MessageStatus.UNDELIVERABLE, MessageStatus.REJECTED)

    @property
    def settled(self) -> int:
        return self.failed + self._of(MessageStatus.DELIVERED)

    @property
    def tried(self) -> int:
        """Messages that have left the queue for Vonage."""
        return self.taken + self._of(
            MessageStatus.FAILED, MessageStatus.SENDING, MessageStatus.IN_DOUBT
        )

    @property
    def projected(self) -> Decimal:
        """What the messages tried so far will have cost, at the average price known."""
        if not self.priced:
            return self.spent
        unpriced = max(0, self.tried - self._of(MessageStatus.FAILED) - self.priced)
        return self.spent + self.spent / self.priced * unpriced


def at_least(part: int, whole: int) -> float:
    """The share that is meant with 95 % confidence, at least: Wilson's lower bound.

    Few observations say little: 15 of 20 is at least 0.57, 75 of 100 at least 0.67, and fewer
    than twenty say nothing at all.
    """
    if whole < _FEWEST:
        return 0.0
    # People may opt out, in and out again: more often than there are people.
    share, z2 = min(1.0, part / whole), _CONFIDENCE**2
    centre = share + z2 / (2 * whole)
    spread = _CONFIDENCE * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return max(0.0, (centre - spread) / (1 + z2 / whole))


def why_stop(policy: Policy, progress: Progress) -> Stop | None:
    """What speaks for pausing the campaign now; None: go on."""
    failing = at_least(progress.failed, progress.settled)
    if policy.max_failure_rate is not None and failing > policy.max_failure_rate:
        return Stop(
            BRAKE,
            f"safety brake: {progress.failed} of {progress.settled} messages failed,"
            f" the limit is {policy.max_failure_rate:.0%}. Look at their error codes"
            " before you resume.",
        )
    leaving = at_least(progress.opt_outs, progress.taken)
    if policy.max_opt_out_rate is not None and leaving > policy.max_opt_out_rate:
        return Stop(
            BRAKE,
            f"safety brake: {progress.opt_outs} of {progress.taken} recipients opted out,"
            f" the limit is {policy.max_opt_out_rate:.0%}. Check whom you write to, and what,"
            " before you resume.",
        )
    if policy.spend_cap is not None and progress.projected >= policy.spend_cap:
        return Stop(
            SPEND_CAP,
            f"spend cap: about {progress.projected:.2f} of {policy.spend_cap:.2f} is spent."
            " Raise the cap before you resume.",
        )
    return None


def canary_room(policy: Policy, progress: Progress) -> int:
    """How many more may leave before the canary is complete."""
    return max(0, (policy.canary or 0) - progress.tried)


def is_canary_over(
    policy: Policy, progress: Progress, complete_since: datetime, now: datetime
) -> bool:
    """Is enough known of the canary, or has it been waited for long enough?"""
    if progress.settled >= _ENOUGH * progress.tried:
        return True
    return now - complete_since >= timedelta(seconds=policy.canary_wait)
