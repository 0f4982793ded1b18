"""The exact record of what arrived and what was accepted, number by number."""

from collections import Counter, deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from simulator.contract import Message

T = TypeVar("T")
MOST_KEPT = 100  # times, client_refs and message_uuids of one number; the counts stay exact
MOST_ARRIVALS = 250_000  # times of all requests together


@dataclass(slots=True)
class Entry:
    """All that is known of one number."""

    arrived: int = 0
    accepted: int = 0
    tries: int = 0  # refused ones of a number that is accepted after some
    # Lists and not deques: most hold one thing, and there may be a million of them.
    arrival_times: list[float] = field(default_factory=list)
    acceptance_times: list[float] = field(default_factory=list)
    client_refs: list[str | None] = field(default_factory=list)
    message_uuids: list[str] = field(default_factory=list)
    last_text: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "arrived": self.arrived,
            "accepted": self.accepted,
            "arrival_times": list(self.arrival_times),
            "acceptance_times": list(self.acceptance_times),
            "client_refs": list(self.client_refs),
            "message_uuids": list(self.message_uuids),
            "last_text": self.last_text,
        }


class Ledger:
    """Exact under any number of threads. It grows with the numbers, until it is reset."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._arrivals: deque[float] = deque(maxlen=MOST_ARRIVALS)
        self._requests = 0
        self._accepted = 0
        self._numbers = 0
        self._refused: Counter[str] = Counter()
        self._first_accepted_at: float | None = None
        self._last_accepted_at: float | None = None

    def reset(self) -> None:
        with self._lock:
            self._forget()

    def arrived(self, number: str | None, now: float) -> None:
        """A request came in; its number is None when none can be read in it."""
        with self._lock:
            self._requests += 1
            self._arrivals.append(now)
            if number is not None:
                entry = self._entries.setdefault(number, Entry())
                entry.arrived += 1
                _keep(entry.arrival_times, now)

    def tried(self, number: str) -> int:
        """Counts one more try for a number that refuses the first ones, and tells which it is."""
        with self._lock:
            entry = self._entries.setdefault(number, Entry())
            entry.tries += 1
            return entry.tries

    def refused(self, why: str) -> None:
        """A request was not accepted: the HTTP status, or "closed" when none was answered."""
        with self._lock:
            self._refused[why] += 1

    def accepted(self, message: Message, message_uuid: str, now: float) -> bool:
        """A message was accepted; tells whether it is the first one to its number."""
        with self._lock:
            entry = self._entries.setdefault(message.to, Entry())
            entry.accepted += 1
            entry.last_text = message.text
            _keep(entry.acceptance_times, now)
            _keep(entry.client_refs, message.client_ref)
            _keep(entry.message_uuids, message_uuid)
            self._accepted += 1
            self._numbers += entry.accepted == 1
            self._first_accepted_at = self._first_accepted_at or now
            self._last_accepted_at = now
            return entry.accepted == 1

    def totals(self) -> dict[str, Any]:
        """The sums, at a cost that does not grow with the numbers."""
        with self._lock:
            return {
                "requests": self._requests,
                "accepted": self._accepted,
                "numbers": self._numbers,
                "duplicates": self._accepted - self._numbers,
                "refused": dict(self._refused),
                "first_accepted_at": self._first_accepted_at,
                "last_accepted_at": self._last_accepted_at,
            }

    def arrivals(self) -> list[float]:
        """When the newest requests came in, whatever became of them and whomever they were to."""
        with self._lock:
            return list(self._arrivals)

    def number(self, number: str) -> dict[str, Any]:
        """One number; with zeros when it was never heard of."""
        with self._lock:
            return self._entries.get(number, Entry()).as_json()

    def numbers(self) -> dict[str, dict[str, Any]]:
        with self._lock:
            return {number: entry.as_json() for number, entry in self._entries.items()}


def _keep(values: list[T], value: T) -> None:
    values.append(value)
    if len(values) > MOST_KEPT:
        del values[0]
