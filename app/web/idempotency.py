"""Idempotency-Key: the same request again gets the same answer, and is carried out once.

As draft-ietf-httpapi-idempotency-key-header has it. An error that a handler raises does not use the
key up, since nothing was done; an answer that it returns is kept.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flask import Response, current_app, g, request

from app.domain.errors import TryAgain
from app.services.idempotency import key_id
from app.storage.idempotency import Answer, Reservation
from app.web.auth import actor
from app.web.context import services
from app.web.long_json import written

_Done = TypeVar("_Done")

_KEPT = ("Content-Type", "Location", "Preference-Applied")


def once(
    key: str | None,
    work: Callable[[Reservation | None], Any],
    answer: Callable[[str], Any],
    resource_id: str | None = None,
) -> Any:
    """What `work` answers; or, with a key that was used before, what was answered then.

    `work` marks its reservation done in its own transaction. `answer` makes the answer of work that
    was done and whose answer was lost, from the id of the campaign or message. `resource_id` is
    given where that exists already.
    """
    if key is None:
        return work(None)
    stored_as = key_id(actor(), request.path, key)
    found = services().idempotency.begin(stored_as, _body_digest(), resource_id)
    if isinstance(found, Reservation):
        done = carried_out(found, lambda mine: current_app.make_response(work(mine)))
        return _kept(stored_as, done)
    if found.answer is None:
        known = _kept(stored_as, current_app.make_response(answer(found.reservation.resource_id)))
    else:
        known = Response(found.answer.body, found.answer.status, found.answer.headers)
    known.headers["Idempotency-Replayed"] = "true"
    return known


def carried_out(reservation: Reservation, work: Callable[[Reservation], _Done]) -> _Done:
    """What `work` returns; when it raises, nothing was done, and the key may be used again."""
    try:
        return work(reservation)
    except Exception:
        with suppress(TryAgain):  # then the lease ends it
            services().idempotency.release(reservation)
        raise


def answer_of(response: Response) -> Answer:
    """What is kept of it."""
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return Answer(response.status_code, headers, response.get_data(as_text=True))


def kept_already(response: Response) -> Response:
    """Say so of an answer that the work has kept, so that it waits for no second commit."""
    g.kept = response
    return response


def _kept(stored_as: str, response: Response) -> Response:
    was_kept: bool = g.pop("kept", None) is response
    if was_kept:
        return response
    with suppress(TryAgain):  # the work is done, and a retry can tell from that
        services().idempotency.keep_answer(stored_as, answer_of(response))
    return response


def _body_digest() -> str:
    """The same for the same JSON, however it is spaced and ordered."""
    body = request.get_json() if request.get_data() else None
    digest = hashlib.sha256()
    for part in written(body):
        digest.update(part.encode())
    return digest.hexdigest()
