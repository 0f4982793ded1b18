"""What a button does is done once, however often it is pressed."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from flask import request

from app.domain.errors import StillRunning
from app.services.idempotency import key_id
from app.storage.idempotency import KnownKey, Reservation
from app.web.context import services
from app.web.dashboard.frame import actor
from app.web.idempotency import carried_out

_PATIENCE = 20.0  # seconds to wait for the same click before this one
_LOOK_EVERY = 0.1


def once(
    key: str, said: Any, work: Callable[[Reservation], object], resource_id: str | None = None
) -> str:
    """The id that `work` was done with: now, or by an earlier request with the same key.

    `said` is what the form says: with other words the same key means something new, since people
    go back to a form and change it. `resource_id` is given where that exists already.
    Raises StillRunning when the earlier request takes very long, and whatever `work` raises.
    """
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    found = _begin(key_id(actor(), request.path, f"{key} {digest}"), digest, resource_id)
    if isinstance(found, Reservation):
        carried_out(found, work)
        return found.resource_id
    return found.reservation.resource_id


def _begin(stored_as: str, digest: str, resource_id: str | None) -> Reservation | KnownKey:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return services().idempotency.begin(stored_as, digest, resource_id)
        except StillRunning:
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_EVERY)
