"""Where services get the time and fresh ids from: handed in, so that tests decide."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.ids import time_behind, time_ordered_ids
from app.domain.short_links import slug_of


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _entropy() -> bytes:
    return os.urandom(10)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time in UTC, and the randomness that ids are drawn from."""

    now: Callable[[], datetime] = _utc_now
    entropy: Callable[[], bytes] = _entropy

    def ids(self, now: datetime) -> Iterator[str]:
        """Fresh ids, in order."""
        return time_ordered_ids(now, self.entropy())

    def slugs(self) -> Iterator[str]:
        """Fresh names for short links, each drawn anew, so that none tells of another."""
        while True:
            yield slug_of(self.entropy())

    def ids_behind(self, known_id: str, now: datetime) -> Iterator[str]:
        """The same, all of them greater than this one, even where the clock was set back."""
        return self.ids(max(now, time_behind(known_id)))
