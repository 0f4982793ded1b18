"""After this attempt: again at that time, or never."""

# Only what was provably not accepted is tried again, so a retry can never text anyone twice.
MAX_ATTEMPTS = 20  # half an hour on average
_FIRST_DELAY = 1.0  # seconds
_LONGEST_DELAY = 300.0


def delay_before_retry(attempts: int, retry_after: float | None, jitter: float) -> float | None:
    """Seconds to wait after attempt number `attempts` (from 1) failed; None: give up.

    Exponential with full jitter, so that what failed together does not come back together.
    `retry_after` is Vonage's own wish and the least that is waited; `jitter` is random in [0, 1).
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    backoff = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** (attempts - 1)) * jitter
    return max(backoff, 0.05) + (retry_after or 0.0)
