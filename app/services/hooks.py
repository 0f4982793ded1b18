"""Endpoints of outgoing webhooks: made, changed, removed, looked at and asked to be told again."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain import hook_signing
from app.domain.errors import Conflict, FixInput, Mistake, NotFound
from app.domain.hook_addresses import Networks
from app.domain.hooks import MOST, HookEndpoint, HookEvent, HookFact, HookStatus, HookWish
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import hook_endpoints, hook_log, hook_news
from app.storage.database import Database, Session
from app.storage.hook_log import HookDelivery

_WELL = {
    "is_enabled": True,
    "failures": 0,
    "failing_since": None,
    "calls_after": None,
    "disabled_at": None,
    "disabled_reason": None,
}


@dataclass(frozen=True, slots=True)
class NewHook:
    """An endpoint with its secret, which is shown now and never again."""

    endpoint: HookEndpoint
    secret: str


@dataclass(frozen=True, slots=True)
class HookChange:
    """What is to be changed of an endpoint; None: it stays."""

    url: str | None = None
    events: frozenset[HookEvent] | None = None
    name: str | None = None
    is_enabled: bool | None = None


class Hooks:
    """Keeps endpoints, and shows what became of deliveries. What it decides is in the trail."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        allowed: Networks = (),
        wake: Callable[[], None] = lambda: None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._database = database
        self._clock = clock
        self._allowed = allowed
        self._wake = wake
        self._entropy = entropy
        self._notes = AuditNotes(clock, "webhook")

    def create(self, wish: HookWish, by: str) -> NewHook:
        """A new endpoint, told of all that happens from now on; raises FixInput."""
        wish.check(self._allowed)
        now = self._clock.now()
        endpoint = HookEndpoint(
            id=next(self._clock.ids(now)),
            url=wish.url,
            name=wish.name,
            events=wish.events,
            is_enabled=True,
            created_at=now,
            created_by=by,
        )
        secret = hook_signing.secret_of(self._entropy(hook_signing.BYTES))
        with self._database.writing() as session:
            if hook_endpoints.count(session) >= MOST:
                raise FixInput([Mistake("/url", f"there are {MOST} already: remove one first")])
            hook_endpoints.add(session, endpoint, secret)
            self._notes.add(session, by, "created", endpoint.id, {"url": endpoint.url})
        return NewHook(endpoint, secret)

    def all(self) -> list[HookEndpoint]:
        """All of them, the newest first."""
        with self._database.reading() as session:
            return hook_endpoints.everyone(session)

    def find(self, endpoint_id: str) -> HookEndpoint:
        """This one; raises NotFound."""
        with self._database.reading() as session:
            return _found(hook_endpoints.find(session, endpoint_id))

    def change(self, endpoint_id: str, change: HookChange, by: str) -> HookEndpoint:
        """Change what is named; raises FixInput or NotFound. To enable it forgives all failures."""
        with self._database.writing() as session:
            before = _held(session, endpoint_id)
            wish = HookWish(
                before.url if change.url is None else change.url,
                before.events if change.events is None else change.events,
                before.name if change.name is None else change.name,
            )
            wish.check(self._allowed)
            values: dict[str, Any] = {
                "url": wish.url,
                "events": sorted(wish.events),
                "name": wish.name,
            }
            if change.is_enabled is not None:
                values |= _WELL | {"is_enabled": change.is_enabled}
            hook_endpoints.change(session, endpoint_id, values)
            after = _held(session, endpoint_id)
            told = {"url": after.url, "is_enabled": after.is_enabled}
            self._notes.add(session, by, "changed", after.id, told)
        self._wake()
        return after

    def remove(self, endpoint_id: str, by: str) -> None:
        """Call it no more, and forget its secrets and deliveries. Raises NotFound."""
        with self._database.writing() as session:
            endpoint = _held(session, endpoint_id)
            hook_endpoints.remove(session, endpoint_id)
            self._notes.add(session, by, "removed", endpoint.id, {"url": endpoint.url})

    def rotate(self, endpoint_id: str, by: str) -> NewHook:
        """A new secret; the one before signs beside it for 24 hours. Raises NotFound."""
        secret = hook_signing.secret_of(self._entropy(hook_signing.BYTES))
        until = self._clock.now() + hook_signing.BOTH_SIGN
        with self._database.writing() as session:
            endpoint = _held(session, endpoint_id)
            hook_endpoints.rotate(session, endpoint_id, secret, until)
            self._notes.add(session, by, "secret changed", endpoint.id)
        return NewHook(replace(endpoint, old_secret_until=until), secret)

    def test(self, endpoint_id: str) -> HookDelivery:
        """Queue a made-up event for it. Raises NotFound, or Conflict when it is not called."""
        now = self._clock.now()
        fact = HookFact(
            next(self._clock.ids(now)), now, {"message": "A test: nothing has happened."}
        )
        with self._database.writing() as session:
            endpoint = _held(session, endpoint_id)
            if not endpoint.is_enabled:
                raise Conflict("the endpoint is disabled: enable it first")
            hook_news.tell(session, HookEvent.TEST, [endpoint_id], [fact])
            (queued,) = hook_log.page(session, endpoint_id, None, None, 1)
        self._wake()
        return queued

    def deliveries(
        self, endpoint_id: str, status: HookStatus | None, before: int | None, limit: int
    ) -> list[HookDelivery]:
        """What was or is to be delivered to it, the newest first. Raises NotFound."""
        with self._database.reading() as session:
            _found(hook_endpoints.find(session, endpoint_id))
            return hook_log.page(session, endpoint_id, status, before, limit)

    def replay(self, endpoint_id: str, delivery_id: int, by: str) -> HookDelivery:
        """Deliver it once more. Raises NotFound, or Conflict when it waits to be delivered."""
        with self._database.writing() as session:
            endpoint = _held(session, endpoint_id)
            if hook_log.find(session, endpoint_id, delivery_id) is None:
                raise NotFound("there is no such delivery, or it is kept no longer")
            if not hook_log.replay(session, delivery_id, self._clock.now()):
                raise Conflict("it waits to be delivered already")
            self._notes.add(session, by, "replayed", endpoint.id, {"delivery": delivery_id})
            again = hook_log.find(session, endpoint_id, delivery_id)
        self._wake()
        assert again is not None
        return again

    def replay_since(
        self, endpoint_id: str, since: datetime, statuses: frozenset[HookStatus], by: str
    ) -> int:
        """Deliver once more all that happened since then and has one of these ends; how many.

        Some hundred at a time: when it is interrupted, the rest can be asked for again.
        """
        with self._database.writing() as session:
            endpoint = _held(session, endpoint_id)
            told = {"since": since.isoformat(), "statuses": sorted(statuses)}
            self._notes.add(session, by, "replayed", endpoint.id, told)
        count, last, now = 0, 0, self._clock.now()
        while True:
            with self._database.writing() as session:
                found, last = hook_log.replay_since(
                    session, endpoint_id, since, statuses, last, now
                )
            if not found:
                break
            count += found
        self._wake()
        return count


def _held(session: Session, endpoint_id: str) -> HookEndpoint:
    return _found(hook_endpoints.find(session, endpoint_id, to_change=True))


def _found(endpoint: HookEndpoint | None) -> HookEndpoint:
    if endpoint is None:
        raise NotFound("there is no such endpoint")
    return endpoint
