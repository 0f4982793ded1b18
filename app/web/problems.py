"""Errors as problem+json (RFC 9457): every mistake at once, with its place and the fix."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from pydantic import ValidationError
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.domain.errors import (
    CapReached,
    Conflict,
    DuplicateCampaign,
    FixInput,
    Forbidden,
    KeyReused,
    MaybeDone,
    Mistake,
    NotAuthentic,
    NotFound,
    PreviewChanged,
    StillRunning,
    TryAgain,
    Unconfirmed,
    WrongStatus,
)

_log = logging.getLogger(__name__)

_RETRY_AFTER = "5"  # seconds
_SOON = "1"


def problem(
    status: HTTPStatus, detail: str, *, kind: str | None = None, **members: Any
) -> Response:
    """A problem+json answer; `members` are added to the standard ones."""
    body = {
        "type": f"urn:carillon:problem:{kind}" if kind else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        **members,
    }
    return Response(json.dumps(body) + "\n", status, mimetype="application/problem+json")


def invalid(mistakes: Iterable[Mistake]) -> Response:
    """422 with every mistake.

    `pointer` is a JSON pointer into the body, ?name of a query, or the name of a header.
    """
    listed = [{"pointer": each.pointer, "detail": each.detail} for each in mistakes]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "; ".join(f"{each['pointer'] or 'body'}: {each['detail']}" for each in listed),
        kind="invalid-input",
        errors=listed,
    )


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """What pydantic found, without the values: they may be long, or secret."""
    return [
        Mistake(_place(each["loc"], error.title), _words(each["type"], each["msg"]))
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _words(kind: str, message: str) -> str:
    if kind == "model_type":  # pydantic speaks of dictionaries and class names
        return "must be a JSON object"
    return message.removeprefix("Value error, ")


def _place(location: tuple[str | int, ...], model: str) -> str:
    if model.endswith("Query"):
        return f"?{'.'.join(map(str, location))}"
    if model.endswith("Header"):
        return str(location[0])
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "".join(f"/{step}" for step in steps)


def on_validation_error(error: ValidationError) -> Response:
    """The answer to a request that does not fit its model."""
    return invalid(mistakes_of(error))


def install(app: Flask) -> None:
    """Answer every error of this application as a problem."""
    app.before_request(_nobodys)
    app.register_error_handler(FixInput, lambda error: invalid(error.mistakes))
    app.register_error_handler(NotFound, lambda error: problem(HTTPStatus.NOT_FOUND, str(error)))
    app.register_error_handler(Conflict, lambda error: problem(HTTPStatus.CONFLICT, str(error)))
    app.register_error_handler(Unconfirmed, _unconfirmed)
    app.register_error_handler(WrongStatus, _wrong_status)
    app.register_error_handler(DuplicateCampaign, _duplicate)
    app.register_error_handler(PreviewChanged, _preview_changed)
    app.register_error_handler(StillRunning, _still_running)
    app.register_error_handler(KeyReused, _key_reused)
    app.register_error_handler(NotAuthentic, _not_authentic)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(CapReached, _cap_reached)
    app.register_error_handler(TryAgain, try_again)
    app.register_error_handler(ClientDisconnected, _came_no_further)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_fault)


def _nobodys() -> Response | None:
    """No name of anything has U+0000: PostgreSQL would not even take the question."""
    if "\x00" in request.path:
        return problem(HTTPStatus.NOT_FOUND, "There is no such thing.")
    return None


def _unconfirmed(error: Unconfirmed) -> Response:
    return problem(HTTPStatus.CONFLICT, str(error), kind="unconfirmed", messages=error.messages)


def _wrong_status(error: WrongStatus) -> Response:
    return problem(
        HTTPStatus.CONFLICT, str(error), kind="wrong-status", campaign_status=error.status
    )


def _duplicate(error: DuplicateCampaign) -> Response:
    return problem(
        HTTPStatus.CONFLICT,
        str(error),
        kind="duplicate-campaign",
        campaign_id=error.campaign_id,
        link=f"/api/campaigns/{error.campaign_id}",
    )


def _preview_changed(error: PreviewChanged) -> Response:
    return problem(
        HTTPStatus.CONFLICT,
        f"{error}.",
        kind="preview-changed",
        campaign_id=error.campaign_id,
        link=f"/api/campaigns/{error.campaign_id}/preview",
        differences=list(error.differences),
    )


def _still_running(error: StillRunning) -> Response:
    answer = problem(HTTPStatus.CONFLICT, f"{error}.", kind="still-running")
    answer.headers["Retry-After"] = _SOON
    return answer


def _key_reused(error: KeyReused) -> Response:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.", kind="idempotency-key-reused")


def _not_authentic(error: NotAuthentic) -> Response:
    _log.warning("not_authentic", extra={"reason": str(error), "path": request.path})
    answer = problem(HTTPStatus.UNAUTHORIZED, "The credentials are missing or wrong.")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _forbidden(error: Forbidden) -> Response:
    lacking = {"scope": error.scope} if error.scope else {}
    return problem(HTTPStatus.FORBIDDEN, str(error), kind="forbidden", **lacking)


def _cap_reached(error: CapReached) -> Response:
    answer = problem(HTTPStatus.TOO_MANY_REQUESTS, f"{error}.", kind="daily-cap")
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


def try_again(error: TryAgain) -> Response:
    """503: nothing was done, and the same request may succeed later."""
    # The first line only: in those behind it databases repeat what was to be stored.
    cause = str(error.__cause__ or "").partition("\n")[0]
    _log.warning("try_again", extra={"reason": str(error), "cause": cause, "path": request.path})
    done = (
        "It may have been done: look first" if isinstance(error, MaybeDone) else "Nothing was done"
    )
    answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}. {done}; try again.")
    answer.headers["Retry-After"] = _RETRY_AFTER
    return answer


def _came_no_further(_error: ClientDisconnected) -> Response:
    """Who is still there to read it was silent for too long, or announced more than it sent."""
    answer = problem(
        HTTPStatus.REQUEST_TIMEOUT, "The body did not come whole in time. Nothing was done."
    )
    answer.headers["Connection"] = "close"
    return answer


def _http_error(error: HTTPException) -> Response:
    """Flask's own: 404, 405, 413 and their kin, with the headers they come with."""
    answer = problem(HTTPStatus(error.code or 500), error.description or "")
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _our_fault(_error: Exception) -> Response:
    _log.exception("unhandled_error", extra={"path": request.path})
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "That is our fault; it was logged.")
