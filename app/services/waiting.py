"""Waiting for something that another process may be doing."""

import time
from collections.abc import Callable
from typing import TypeVar

from app.domain.errors import TryAgain

_Seen = TypeVar("_Seen")

_FIRST_LOOK = 0.02  # seconds
_SLOWEST = 0.25


def wait_until(
    seen: _Seen, look: Callable[[], _Seen], is_enough: Callable[[_Seen], bool], seconds: float
) -> _Seen:
    """What `look` sees once that is enough, or when the time is over; `seen` is known before.

    Where `look` raises TryAgain what was seen last stands: what is waited for was done already,
    and "try again" would have it done twice.
    """
    end = time.monotonic() + seconds
    pause = _FIRST_LOOK
    while not is_enough(seen) and (left := end - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(_SLOWEST, pause * 1.5)
        seen = _seen_now(seen, look)
    return seen


def _seen_now(before: _Seen, look: Callable[[], _Seen]) -> _Seen:
    try:
        return look()
    except TryAgain:
        return before
