"""What can be changed while the simulator runs: its pace, its delays, an outage."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from simulator.behaviours import MAGIC, Behaviour, When
from simulator.settings import Settings

LARGEST = 1_000_000_000
UNAVAILABLE = "504"  # 503, always


class WrongConditionError(ValueError):
    """A condition was given a name or a value that cannot be; the text says which."""


class Conditions:
    """Starts as the settings say. Each value is read on its own, so only changes need the lock."""

    def __init__(self, settings: Settings) -> None:
        self._lock = Lock()
        self._milliseconds = {
            "latency_ms": settings.latency_ms,
            "submitted_ms": settings.submitted_ms,
            "final_ms": settings.final_ms,
            "late_ms": settings.late_ms,
            "reply_ms": settings.reply_ms,
            "retry_ms": settings.retry_ms,
        }
        self._outage_until = 0.0
        self._outage_as = UNAVAILABLE
        self.rate = Rate(settings.rate)

    def seconds(self, name: str) -> float:
        """One of the delays, by its name in the settings."""
        return self._milliseconds[name] / 1000

    def delay_until(self, when: When) -> float:
        """How long after the acceptance a receipt of that moment is sent."""
        return 0 if when is When.AT_ONCE else self.seconds(f"{when}_ms")

    def outage(self, now: float) -> Behaviour | None:
        """How every number behaves now; None while each behaves as its own digits say."""
        return MAGIC[self._outage_as] if now < self._outage_until else None

    def change(self, changes: Mapping[str, Any], now: float) -> None:
        """All of the changes, or none and a WrongConditionError."""
        for name, value in changes.items():
            self._check(name, value)
        with self._lock:
            for name, value in changes.items():
                self._change(name, value, now)

    def _check(self, name: str, value: Any) -> None:
        if name == "outage_as":
            if not isinstance(value, str) or value not in MAGIC:
                raise WrongConditionError(f"{name} must be the three digits of a magic number")
            return
        if name not in {"rate", "outage", *self._milliseconds}:
            raise WrongConditionError(f"{name} is not a setting that can be changed")
        if name == "rate" and value is None:
            return
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value <= LARGEST
        ):
            raise WrongConditionError(f"{name} must be a number from 0 to {LARGEST}")

    def _change(self, name: str, value: Any, now: float) -> None:
        if name == "rate":
            self.rate = Rate(value or None)
        elif name == "outage":
            self._outage_until = now + value
        elif name == "outage_as":
            self._outage_as = value
        else:
            self._milliseconds[name] = value

    def as_json(self, now: float) -> dict[str, Any]:
        return {
            "rate": self.rate.limit,
            "outage": max(0.0, round(self._outage_until - now, 3)),
            "outage_as": self._outage_as,
            **self._milliseconds,
        }


class Rate:
    """At most so many messages in each window of one second.

    The window is fixed, as in the throttle messages of Vonage's own: it opens with the first
    message after the previous one ended. At its border twice the limit can pass within a second.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self._lock = Lock()
        self._opened_at = 0.0
        self._passed = 0

    def admits(self, now: float) -> bool:
        if self.limit is None:
            return True
        with self._lock:
            if not 0 <= now - self._opened_at < 1:
                self._opened_at, self._passed = now, 0
            self._passed += 1
            return self._passed <= self.limit
