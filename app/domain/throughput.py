"""The pace of a sender: which moments its next messages may leave at.

A generic cell rate algorithm: every message takes the next slot, slots are evenly spaced, and
an idle sender saves nothing up, since carriers refuse bursts. Kept as one number in the
database, the time of the next free slot, so that it holds over all processes. Campaigns may have
a slower one of their own, kept in the same way.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

# Slots are a little further apart than the rate says: what leaves on time may arrive up to this
# share of a second late, and still no one-second window at the carrier sees more than the rate.
HEADROOM = 0.02

# How far ahead slots are given out. Long enough that a dispatcher which looks again within it
# misses none, short enough that a crash leaves few messages marked sending.
HORIZON = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Reservation:
    """Slots that the caller now owns, and what to store and to wait for."""

    slots: tuple[float, ...]  # seconds since the epoch
    next_slot: float  # to be stored for the sender
    wait: float  # seconds until asking again can give more


def _interval(rate: float) -> float:
    """Seconds between two messages at so many a second."""
    return (1 + HEADROOM) / rate


def _wait(next_slot: float, now: float) -> float:
    """Seconds until asking again can give more."""
    return max(0.0, next_slot - now - HORIZON / 2)


def reserve(next_slot: float, rate: float, wanted: int, now: float) -> Reservation:
    """Take at most `wanted` slots of a sender that may send `rate` messages a second."""
    interval = _interval(rate)
    first = max(next_slot, now)
    free = int((now + HORIZON - first) / interval) + 1 if first <= now + HORIZON else 0
    taken = max(0, min(wanted, free))
    after = first + taken * interval if taken else next_slot
    slots = tuple(first + place * interval for place in range(taken))
    return Reservation(slots, after, _wait(after, now))


@dataclass(frozen=True, slots=True)
class OwnPace:
    """How fast a campaign may go at most, whatever its sender could."""

    rate: float  # messages a second
    next_slot: float  # seconds since the epoch: no message of it may leave before

    @property
    def interval(self) -> float:
        """Seconds between two of its messages."""
        return _interval(self.rate)

    def believable(self, now: float) -> "OwnPace":
        """Without a slot so far ahead that only a wrong clock, or a slower pace, can have put it.

        Slots that were given lie at most one interval ahead, and what clocks may differ.
        """
        is_far = self.next_slot > now + 2 * self.interval + _CLOCKS_APART
        return replace(self, next_slot=now) if is_far else self

    def wait(self, now: float) -> float:
        """Seconds until asking again can give more."""
        return _wait(self.next_slot, now)


_CLOCKS_APART = 1.0  # seconds


def weave(
    next_slot: float,
    rate: float,
    owners: Sequence[str | None],
    paces: Mapping[str, OwnPace],
    now: float,
) -> tuple[Reservation, Mapping[str, OwnPace]]:
    """A slot of the sender for each message, no earlier than its campaign's own pace lets it.

    `owners` names the campaign of each; who is not in `paces` has no pace of its own, and takes
    the slots between those of campaigns that have. Both paces hold: slots are at least as far
    apart as either says. Returns the slots in the order of `owners`, and the paces as they are now.
    """
    interval = _interval(rate)
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for place, owner in enumerate(owners):
        waiting[owner if owner is not None and owner in paces else _OTHERS].append(place)
    after, current = max(next_slot, now), dict(paces)
    slots = [0.0] * len(owners)
    while waiting:
        owner = min(waiting, key=lambda each: _turn(current.get(each), after))
        own = current.get(owner)
        at = max(after, own.next_slot) if own else after
        slots[waiting[owner].popleft()] = at
        if not waiting[owner]:
            del waiting[owner]
        if own:
            current[owner] = replace(own, next_slot=at + own.interval)
        after = at + interval
    stored = after if owners else next_slot
    return Reservation(tuple(slots), stored, _wait(stored, now)), current


_OTHERS = ""


def _turn(own: OwnPace | None, at: float) -> tuple[float, bool, float]:
    """Who is first: whoever may go the earliest, and of these one with a pace of its own.

    It would lose its slot for good, while the others lose none.
    """
    return (max(own.next_slot, at), False, own.next_slot) if own else (at, True, 0.0)


# After a 429 a sender goes at half its rate and takes this long to come back to all of it.
RECOVERY = 60.0  # seconds
_SLOWEST = 0.05  # of the configured rate: slow enough for any limit, fast enough to notice its end
_ONE_THROTTLE = 1.0  # seconds in which many 429s count as one: they were all on their way


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a sender may go: what was configured, and what Vonage made of it."""

    rate: float  # messages a second, as configured; never exceeded
    next_slot: float  # seconds since the epoch
    slowed_to: float | None = None  # the rate right after the last 429
    slowed_at: float | None = None  # when that was
    failures: int = 0  # attempts in a row that did not reach Vonage at all

    def rate_at(self, now: float) -> float:
        """The rate that holds now: climbing back evenly since the last 429."""
        if self.slowed_to is None or self.slowed_at is None:
            return self.rate
        climbed = self.rate * max(0.0, now - self.slowed_at) / RECOVERY
        return min(self.rate, self.slowed_to + climbed)

    def held_until(self, now: float) -> float | None:
        """Until when nothing leaves, where that is more than the space between two messages."""
        space = HORIZON + _interval(self.rate_at(now))
        next_slot = self.believable(now).next_slot
        return next_slot if next_slot > now + space else None

    def believable(self, now: float) -> "Pace":
        """Without times so far ahead that only a clock which was wrong can have put them there."""
        pace = self
        if pace.next_slot > now + _FARTHEST_HOLD + 1 / self.rate:
            pace = replace(pace, next_slot=now)
        if pace.slowed_at is not None and pace.slowed_at > now + _ONE_THROTTLE:
            pace = replace(pace, slowed_at=now)  # else it would stay slow until that time
        return pace

    def throttled(self, retry_after: float | None, now: float) -> "Pace":
        """After a 429: half the rate, and nothing before Vonage wants to hear of us again."""
        until = now + (_ONE_THROTTLE if retry_after is None else retry_after)
        held = replace(self, next_slot=max(self.next_slot, until), failures=0)
        if self.slowed_at is not None and now - self.slowed_at < _ONE_THROTTLE:
            return held
        half = max(self.rate_at(now) / 2, self.rate * _SLOWEST)
        return replace(held, slowed_to=half, slowed_at=now)

    def unreachable(self, now: float) -> "Pace":
        """Nobody answered the door: knock again soon, then less often, with few messages."""
        pause = min(_LONGEST_KNOCK, _FIRST_KNOCK * 2.0 ** min(self.failures, _KNOCKS))
        return replace(self, next_slot=max(self.next_slot, now + pause), failures=self.failures + 1)


_FARTHEST_HOLD = 120.0  # seconds; Retry-After is heeded up to 60
_FIRST_KNOCK = 0.25  # seconds
_LONGEST_KNOCK = 5.0  # seconds: how late a campaign may notice that the carrier is back
_KNOCKS = 10  # doublings, so that the power stays small
