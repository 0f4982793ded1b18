"""The pace of a sender: which moments its next messages may leave at.

A generic cell rate algorithm: every message takes the next slot, slots are evenly spaced, and
an idle sender saves nothing up, since carriers refuse bursts. Kept as one number in the
database, the time of the next free slot, so that it holds over all processes.
"""

from dataclasses import dataclass

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


def reserve(next_slot: float, rate: float, wanted: int, now: float) -> Reservation:
    """Take at most `wanted` slots of a sender that may send `rate` messages a second."""
    interval = (1 + HEADROOM) / rate
    first = max(next_slot, now)
    free = int((now + HORIZON - first) / interval) + 1 if first <= now + HORIZON else 0
    taken = max(0, min(wanted, free))
    after = first + taken * interval if taken else next_slot
    slots = tuple(first + place * interval for place in range(taken))
    return Reservation(slots, after, max(0.0, max(after, now) - now - HORIZON / 2))
