"""Guessing passwords is slow: wrong ones are counted by name and by address, over all processes."""

from datetime import timedelta

from app.services.rate_counts import RateCounts

_WHILE = timedelta(minutes=5)
_OF_NAME = 5
_OF_ADDRESS = 20  # behind one address there may be an office


class Throttle:
    """Asks what was counted. Raises TryAgain while the database is away: then nobody gets in."""

    def __init__(self, counts: RateCounts) -> None:
        self._counts = counts

    def is_closed(self, name: str, address: str) -> bool:
        """Were there too many wrong passwords for this name, or from this address?"""
        limits = (_OF_NAME, _OF_ADDRESS)
        return any(
            self._counts.count(what) >= limit
            for what, limit in zip(_counted(name, address), limits, strict=True)
        )

    def wrong(self, name: str, address: str) -> None:
        for what in _counted(name, address):
            self._counts.hit(what, _WHILE)

    def right(self, name: str, address: str) -> None:
        """Whoever knows the password may have mistyped it before."""
        self._counts.clear(_counted(name, address)[0])


def _counted(name: str, address: str) -> tuple[str, str]:
    return f"password of {name}", f"password from {address}"
