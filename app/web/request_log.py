"""One log line a request, and an id that ties together all lines of it."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from app import log_context

_log = logging.getLogger(__name__)

HEADER = "X-Request-Id"

_ID = re.compile(r"[\w.-]{1,64}")


def install(app: Flask) -> None:
    """Give every request an id (the proxy's X-Request-Id, if it sends one) and log its end."""
    app.before_request(_begin)
    app.after_request(_end)


def name(given: str) -> str:
    """The id of the request that begins: what the client calls it, if that is fit for a log."""
    request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    log_context.tell(request_id=request_id)
    return request_id


def of_many() -> None:
    """What is logged from here on is of no request alone."""
    log_context.tell()


def _begin() -> None:
    g.request_id = name(request.headers.get(HEADER, ""))
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    told = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.began) * 1000, 1),
    }
    _log.info("request", extra=told)
    return response
