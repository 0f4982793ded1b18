"""Guessing passwords is slow: wrong ones are counted by name and by address."""

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_BY_NAME = RateLimitItemPerMinute(5, 5, "name")  # 5 in 5 minutes
_BY_ADDRESS = RateLimitItemPerMinute(20, 5, "address")  # behind one address there may be an office


class Throttle:
    """Counts within this process: with so few guesses, a handful of processes changes little."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def is_closed(self, name: str, address: str) -> bool:
        """Were there too many wrong passwords for this name, or from this address?"""
        return not all(self._limiter.test(*each) for each in _counted(name, address))

    def wrong(self, name: str, address: str) -> None:
        for limit, key in _counted(name, address):
            self._limiter.hit(limit, key)

    def right(self, name: str, address: str) -> None:
        """Whoever knows the password may have mistyped it before."""
        for limit, key in _counted(name, address)[:1]:
            self._limiter.clear(limit, key)


def _counted(name: str, address: str) -> tuple[tuple[RateLimitItem, str], ...]:
    return (_BY_NAME, name), (_BY_ADDRESS, address)
