"""When a webhook that was not taken is tried again, and when an endpoint is left in peace."""

from datetime import datetime, timedelta

KEEPS_TRYING = timedelta(hours=24)  # since the first try of a delivery
PATIENCE = timedelta(days=7)  # with an endpoint that never succeeds
_FIRST = 10.0  # seconds
_FACTOR = 3.0
_LONGEST = 4 * 3600.0  # seconds: within 24 hours about twelve tries
_LONGEST_PAUSE = 60.0  # seconds: how soon is seen that an endpoint is back


def again_at(
    attempt: int, first_at: datetime, now: datetime, retry_after: float | None, jitter: float
) -> datetime | None:
    """When to try again after try number `attempt` (from 1) failed; None: never.

    Exponential, between three quarters and five quarters of it, so that what failed together does
    not come back together. `retry_after` is the endpoint's own wish in seconds; `jitter` is
    random in [0, 1).
    """
    delay = min(_LONGEST, _FIRST * _FACTOR ** min(attempt - 1, 10)) * (0.75 + jitter / 2)
    wish = min(retry_after or 0.0, _LONGEST)
    again = now + timedelta(seconds=max(delay, wish))
    return None if again > first_at + KEEPS_TRYING else again


def pause_after(failures: int) -> timedelta:
    """How long an endpoint is not called at all after so many failures in a row."""
    return timedelta(seconds=min(_LONGEST_PAUSE, 2.0 ** min(failures - 1, 10)))


def is_hopeless(failing_since: datetime | None, now: datetime) -> bool:
    """Has an endpoint failed for a week, without one success?"""
    return failing_since is not None and now - failing_since >= PATIENCE
