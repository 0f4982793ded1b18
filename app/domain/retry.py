"""After this attempt: again at that time, or never."""

from datetime import datetime, timedelta

# Only what was provably not accepted is tried again, so a retry can never text anyone twice.
MAX_ATTEMPTS = 100  # with the delays below the better part of an hour, for each message
GIVEN_UP = "given up"  # begins the reason of what was tried so often
_FIRST_DELAY = 1.0  # seconds
_LONGEST_DELAY = 60.0


def again_at(
    attempts: int,
    retry_after: float | None,
    now: datetime,
    not_after: datetime | None,
    jitter: float,
) -> datetime | None:
    """When to try again after attempt number `attempts` (from 1) was not accepted; None: never.

    Exponential with full jitter, so that what failed together does not come back together.
    `retry_after` is Vonage's own wish in seconds and the least that is waited; nothing is tried
    after `not_after`; `jitter` is random in [0, 1).
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    backoff = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(attempts - 1, 10)) * jitter
    again = now + timedelta(seconds=max(backoff, 0.05) + (retry_after or 0.0))
    return None if not_after is not None and again > not_after else again
