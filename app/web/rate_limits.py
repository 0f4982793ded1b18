"""How often anybody may ask: by key, else by address. 429 beyond it, with the time to wait.

Fields as draft-ietf-httpapi-ratelimit-headers has them: RateLimit-Policy and RateLimit.
"""

import logging
import math
import time
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

from app.services.rate_counts import RateCounts
from app.web.auth import identify, needed
from app.web.context import options
from app.web.problems import problem
from app.web.rate_windows import MINUTE, OwnWindows

if TYPE_CHECKING:
    from app.web.shared_windows import SharedWindows

_log = logging.getLogger(__name__)

COUNTED = "carillon.counted"
"""In the environment of a request: the Counted of one that was counted on its way here."""

_LIMITS = "carillon.rate_limits"
_DATABASE, _MEMORY = "database:", "memory:"
_NOBODY = "nobody"
_OF_VONAGE = "webhooks"
_WEBHOOKS = 300_000  # Vonage's receipts come from few addresses, two for each message
_PAGES = 1_200  # of an address, for what needs no key
_FAILED = 30  # wrong keys of an address: enough for a slip of a client, too few to search


@dataclass(frozen=True, slots=True)
class Rule:
    """So many requests a minute of one caller."""

    name: str
    per_minute: int
    who: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A request that was counted; where that was not possible, it passes."""

    rule: Rule
    is_within: bool = True
    remaining: int | None = None
    seconds: int = 1  # until the window ends

    def headers(self) -> list[tuple[str, str]]:
        """What the client is told of it."""
        if self.remaining is None:
            return []
        name, most = self.rule.name, self.rule.per_minute
        return [
            ("RateLimit-Policy", f'"{name}";q={most};w={MINUTE}'),
            ("RateLimit", f'"{name}";r={self.remaining};t={self.seconds}'),
        ]


class RateLimits:
    """Counts requests in windows of a minute, in memory or where all processes share it.

    In the database all but webhooks are counted: theirs come by the thousand from one address, and
    would all wait for one row. Each process counts those for itself.
    """

    def __init__(self, storage: str, counts: RateCounts) -> None:
        self._counts = counts if storage.startswith(_DATABASE) else None
        is_own = storage.startswith((_DATABASE, _MEMORY))
        self._windows = OwnWindows() if is_own else _shared(storage)

    def count(self, rule: Rule) -> Counted:
        """Count one request."""
        try:
            is_within, remaining, ends_at = self._counted(rule)
        except Exception:  # noqa: BLE001 (whatever its client raises: the service goes on without)
            _log.warning("rate_limit_unavailable", exc_info=True)
            return Counted(rule)
        seconds = max(1, math.ceil(ends_at - time.time()))
        return Counted(rule, is_within, max(0, remaining), seconds)

    def _counted(self, rule: Rule) -> tuple[bool, int, float]:
        """With this request: is it within, how many may follow, and when it begins anew."""
        if self._counts is not None and rule.name != _OF_VONAGE:
            found = self._counts.hit(f"{rule.name}/{rule.who}", timedelta(seconds=MINUTE))
            left = rule.per_minute - found.count
            return left >= 0, left, found.ends_at.timestamp()
        left, ends_at = self._windows.hit(rule.name, rule.who, rule.per_minute)
        return left >= 0, left, ends_at


def _shared(storage: str) -> "SharedWindows":
    """Where several processes count together."""
    from app.web.shared_windows import SharedWindows  # noqa: PLC0415 (only who has one needs it)

    return SharedWindows(storage)


def install(app: Flask) -> None:
    """Count every request before anything is done for it."""
    app.before_request(_before)
    app.after_request(_after)


def serve(app: Flask, storage: str, counts: RateCounts) -> None:
    """Count from now on in this storage."""
    app.extensions[_LIMITS] = RateLimits(storage, counts)


def _before() -> Response | None:
    if options().rate_limit is None:
        return None
    counted: Counted = request.environ.get(COUNTED) or of(current_app).count(_rule())
    g.counted = counted
    return None if counted.is_within else _too_many(counted.rule, counted.seconds)


def of(app: Flask) -> RateLimits:
    """The limits that an application counts by."""
    found = app.extensions[_LIMITS]
    assert isinstance(found, RateLimits)
    return found


def webhooks(address: str | None) -> Rule:
    """How often one address may call back."""
    return Rule(_OF_VONAGE, _WEBHOOKS, address or _NOBODY)


def _rule() -> Rule:
    address = request.remote_addr or _NOBODY
    if request.path.startswith("/webhooks/"):
        return webhooks(address)
    if request.endpoint is None or needed(request.endpoint, request.method) is None:
        return Rule("pages", _PAGES, address)
    caller = identify()
    if caller is None:
        return Rule("wrong-keys", _FAILED, address)
    own = caller.key.per_minute if caller.key else None
    return Rule("api", own or options().rate_limit or _PAGES, caller.name)


def _too_many(rule: Rule, seconds: int) -> Response:
    _log.warning("rate_limited", extra={"rule": rule.name, "path": request.path})
    answer = problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"No more than {rule.per_minute} requests a minute; try again in {seconds} s.",
        kind="rate-limit",
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _after(response: Response) -> Response:
    if "counted" in g:
        response.headers.update(g.counted.headers())
    return response
