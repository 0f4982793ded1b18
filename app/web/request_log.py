"""One log line a request, and an id that ties together all lines of it."""

import logging
import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

_log = logging.getLogger(__name__)

_ID = re.compile(r"[\w.-]{1,64}")


def install(app: Flask) -> None:
    """Give every request an id (the proxy's X-Request-Id, if it sends one) and log its end."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    _log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 1),
        },
    )
    return response
