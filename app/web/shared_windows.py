"""Requests counted by the minute where several processes see it: in a Redis or Valkey.

Only who asks for one loads this module, and `limits` with it.
"""

from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter


class SharedWindows:
    """The windows at an address; each begins with the first request of its caller."""

    def __init__(self, address: str) -> None:
        self._windows = FixedWindowRateLimiter(storage_from_string(address, wrap_exceptions=True))

    def hit(self, rule: str, who: str, per_minute: int) -> tuple[int, float]:
        """As `OwnWindows.hit`; raises what the client of the storage raises."""
        item = RateLimitItemPerMinute(per_minute)
        is_within = self._windows.hit(item, rule, who)
        state = self._windows.get_window_stats(item, rule, who)
        return state.remaining if is_within else -1, state.reset_time
