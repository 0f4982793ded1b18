"""Waiting for something that another process may be doing."""

import time
from collections.abc import Callable
from typing import TypeVar

_Seen = TypeVar("_Seen")

_FIRST_LOOK = 0.02  # seconds
_SLOWEST = 0.25


def wait_until(
    look: Callable[[], _Seen], is_enough: Callable[[_Seen], bool], seconds: float
) -> _Seen:
    """What `look` sees once that is enough, or when the time is over."""
    end = time.monotonic() + seconds
    pause = _FIRST_LOOK
    while not is_enough(seen := look()) and (left := end - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(_SLOWEST, pause * 1.5)
    return seen
