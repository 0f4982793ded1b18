"""What went wrong, as a page that says what to do."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from app.domain.errors import Conflict, FixInput, KeyReused, NotFound, TryAgain
from app.web.dashboard.forgery import CSRFError
from app.web.dashboard.frame import show

_log = logging.getLogger(__name__)

_WORDS = {
    HTTPStatus.FORBIDDEN: "Your role does not allow this. An admin can change it under Users.",
    HTTPStatus.NOT_FOUND: "There is no such page. It may have been deleted, or the link is wrong.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is more than this service accepts.",
}


def install(blueprint: Blueprint) -> None:
    """Answer errors under these pages with pages."""
    blueprint.register_error_handler(FixInput, _fix_input)
    blueprint.register_error_handler(NotFound, lambda error: _told(HTTPStatus.NOT_FOUND, error))
    blueprint.register_error_handler(Conflict, lambda error: _told(HTTPStatus.CONFLICT, error))
    blueprint.register_error_handler(KeyReused, lambda error: _told(HTTPStatus.CONFLICT, error))
    blueprint.register_error_handler(CSRFError, lambda _error: _too_old())
    blueprint.register_error_handler(TryAgain, _try_again)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _our_fault)


def _page(status: HTTPStatus, words: str, mistakes: Any = ()) -> Any:
    return show("problem.html", status, title=status.phrase, words=words, mistakes=mistakes)


def _told(status: HTTPStatus, error: Exception) -> Any:
    words = str(error)
    return _page(status, f"{words[:1].upper()}{words[1:].rstrip('.')}.")


def _fix_input(error: FixInput) -> Any:
    return _page(HTTPStatus.UNPROCESSABLE_ENTITY, "Some of it must be mended.", error.mistakes)


def _too_old() -> Any:
    return _page(
        HTTPStatus.BAD_REQUEST,
        "This form is too old, or was not sent from our page. Go back, reload, and send it again.",
    )


def _try_again(error: TryAgain) -> Any:
    _log.warning("try_again", extra={"reason": str(error)})
    return _page(HTTPStatus.SERVICE_UNAVAILABLE, "The database is busy or away. Try again soon.")


def _http_error(error: HTTPException) -> Any:
    status = HTTPStatus(error.code or 500)
    return _page(status, _WORDS.get(status, error.description or ""))


def _our_fault(_error: Exception) -> Any:
    _log.exception("unhandled_error")
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "That is our fault; it was logged.")
