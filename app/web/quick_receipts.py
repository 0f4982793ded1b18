"""Delivery receipts on a short way past Flask, which would cost more than to store them.

Vonage sends two for each message. What is plain is done here: a receipt that is signed, can be
read, is stored, and is answered 200 with the same headers as ever; the log has `status_webhook` in
place of `request`, for two lines would cost a seventh of it. All else goes on to Flask as if nobody
had looked at it, so whatever is refused is refused in one place.
"""

import io
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from app.domain.errors import FixInput, NotAuthentic, TryAgain
from app.domain.message import DeliveryReceipt
from app.vonage.webhooks import read_status
from app.web import headers, metrics, rate_limits, request_log
from app.web.context import options_of, services_of
from app.web.webhooks import LONGEST, OK, as_text, log_status

PATH = "/webhooks/status"

FAILED = "carillon.failed"
"""In the environment of a request: why its receipt, read and signed, could not be stored."""

_BODY = OK.encode()
_ABOUT = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(_BODY)))]


class _Silence(io.RawIOBase):
    """A body of which no more comes: Flask need not wait for it as well."""

    def readinto(self, _buffer: object) -> int:
        raise OSError("the client fell silent")


class QuickReceipts:
    """The application, with a door of its own for receipts."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask = app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as WSGI has it (PEP 3333)."""
        length = _length(environ)
        if length is None or options_of(self._app).tracing.is_on:  # spans are begun by Flask
            return self._flask(environ, start_response)
        began = time.perf_counter()
        try:
            body = environ["wsgi.input"].read(length)
        except OSError:
            environ["wsgi.input"] = _Silence()
            return self._flask(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(body)  # for Flask, should it have to answer
        request_id = request_log.name(environ.get("HTTP_X_REQUEST_ID", ""))
        told = self._count(environ)
        if told is None or len(body) != length or not self._is_taken(environ, body):
            return self._flask(environ, start_response)
        self._note(began)
        about = (request_log.HEADER, request_id)
        start_response("200 OK", [*_ABOUT, about, *told, *headers.of(environ["wsgi.url_scheme"])])
        return [_BODY]

    def _note(self, began: float) -> None:
        meters = services_of(self._app).metrics.meters
        meters.answered("POST", HTTPStatus.OK)
        meters.webhook("status", metrics.TAKEN, time.perf_counter() - began)

    def _count(self, environ: WSGIEnvironment) -> list[tuple[str, str]] | None:
        """Count the request; the headers that say so, None for one too many."""
        if options_of(self._app).rate_limit is None:
            return []
        limits = rate_limits.of(self._app)
        counted = limits.count(rate_limits.webhooks(environ.get("REMOTE_ADDR")))
        environ[rate_limits.COUNTED] = counted
        return counted.headers() if counted.is_within else None

    def _is_taken(self, environ: WSGIEnvironment, body: bytes) -> bool:
        """Is all done that the receipt asks for? No: then nothing is, and Flask may answer."""
        now = datetime.now(UTC)
        try:
            header = environ.get("HTTP_AUTHORIZATION")
            options_of(self._app).signature.verify(header, body, now)
            receipt = read_status(body, now)
        except (TryAgain, NotAuthentic, FixInput):
            return False
        return receipt is None or self._is_stored(environ, body, receipt)

    def _is_stored(self, environ: WSGIEnvironment, body: bytes, receipt: DeliveryReceipt) -> bool:
        try:
            services_of(self._app).receipts.apply(as_text(body), receipt)
        except Exception as error:  # noqa: BLE001 (Flask answers it, without another try)
            environ[FAILED] = error
            return False
        log_status(receipt)
        return True


def _length(environ: dict[str, Any]) -> int | None:
    """How long the body of a receipt is; None for other requests, and for what needs a look."""
    if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
        return None
    length: str = environ.get("CONTENT_LENGTH") or ""
    is_plain = length.isascii() and length.isdigit() and "HTTP_TRANSFER_ENCODING" not in environ
    return int(length) if is_plain and int(length) <= LONGEST else None
