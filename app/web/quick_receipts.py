"""Delivery receipts on a short way past Flask, which would cost more than to store them.

Vonage sends two for each message. What is plain is done here: a receipt that is signed, can be
read, is stored, and is answered 200 with the same headers as ever; the log has `status_webhook` in
place of `request`, for two lines would cost a seventh of it. All else goes on to Flask as if nobody
had looked at it, so whatever is refused is refused in one place.
"""

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from app.domain.errors import FixInput, NotAuthentic, TryAgain
from app.domain.message import DeliveryReceipt
from app.services.receipts import Reception, Told
from app.vonage.webhooks import read_status
from app.web import headers, metrics, rate_limits, request_log
from app.web.context import options_of, services_of
from app.web.webhooks import LONGEST, OK, as_text, log_status

PATH = "/webhooks/status"

GROUP = "carillon.group"
"""In the environment of a request: a list that its receipt is put on instead of being stored."""

FAILED = "carillon.failed"
"""In the environment of a request: why its receipt, read and signed, could not be stored."""

_BODY = OK.encode()
_ABOUT = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(_BODY)))]


class _Silence(io.RawIOBase):
    """A body of which no more comes: Flask need not wait for it as well."""

    def readinto(self, _buffer: object) -> int:
        raise OSError("the client fell silent")


@dataclass(slots=True, eq=False)
class Call:
    """A call with a receipt: signed, read, and soon stored. What is none of ours stores nothing."""

    environ: WSGIEnvironment
    body: bytes
    receipt: DeliveryReceipt | None
    limits: list[tuple[str, str]]  # what the client is told of them
    began: float
    is_taken: bool = False

    @property
    def told(self) -> list[Told]:
        return [] if self.receipt is None else [(as_text(self.body), self.receipt)]

    def take(self, answers: Iterator[Callable[[], Reception]]) -> None:
        """Note what came of storing it."""
        try:
            if self.receipt is not None:
                next(answers)()
        except Exception as error:  # noqa: BLE001 (Flask answers it, without another try)
            self.environ[FAILED] = error
        else:
            self.is_taken = True


class QuickReceipts:
    """The application, with a door of its own for receipts."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask = app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as WSGI has it (PEP 3333): at once, or when a whole group has been stored."""
        call = self._read(environ)
        group: list[Call] | None = environ.pop(GROUP, None)
        answer = partial(self._answer, call, environ, start_response)
        if group is not None:
            group += [] if call is None else [call]
            return _Later(call, answer)
        if call is not None:
            apply = services_of(self._app).receipts.apply
            call.take(iter([partial(apply, *told) for told in call.told]))
            _count(self._app, [call])
        return answer()

    def _read(self, environ: WSGIEnvironment) -> Call | None:
        """What is plain, and to be stored; None for what Flask is to look at."""
        length = _length(environ)
        if length is None or options_of(self._app).tracing.is_on:  # spans are begun by Flask
            return None
        began = time.perf_counter()
        try:
            body = environ["wsgi.input"].read(length)
        except OSError:
            environ["wsgi.input"] = _Silence()
            return None
        environ["wsgi.input"] = io.BytesIO(body)  # for Flask, should it have to answer
        limits = self._count(environ)
        if limits is None or len(body) != length:
            return None
        now = datetime.now(UTC)
        try:
            header = environ.get("HTTP_AUTHORIZATION")
            options_of(self._app).signature.verify(header, body, now)
            return Call(environ, body, read_status(body, now), limits, began)
        except (TryAgain, NotAuthentic, FixInput):
            return None

    def _count(self, environ: WSGIEnvironment) -> list[tuple[str, str]] | None:
        """Count the request; the headers that say so, None for one too many."""
        if options_of(self._app).rate_limit is None:
            return []
        limits = rate_limits.of(self._app)
        counted = limits.count(rate_limits.webhooks(environ.get("REMOTE_ADDR")))
        environ[rate_limits.COUNTED] = counted
        return counted.headers() if counted.is_within else None

    def _answer(
        self, call: Call | None, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if call is None or not call.is_taken:
            return self._flask(environ, start_response)
        request_id = request_log.name(environ.get("HTTP_X_REQUEST_ID", ""))
        if call.receipt is not None:
            log_status(call.receipt)
        about = (request_log.HEADER, request_id)
        safety = headers.of(environ["wsgi.url_scheme"])
        start_response("200 OK", [*_ABOUT, about, *call.limits, *safety])
        return [_BODY]


class _Later:
    """An answer that is asked for when the group of its receipt has been stored."""

    def __init__(self, call: Call | None, answer: Callable[[], Iterable[bytes]]) -> None:
        self._call = call
        self._answer = answer

    @property
    def is_quick(self) -> bool:
        """Is there no more to do than to say so?"""
        return self._call is not None and self._call.is_taken

    def __iter__(self) -> Iterator[bytes]:
        answer = self._answer()
        try:
            yield from answer
        finally:
            if hasattr(answer, "close"):
                answer.close()


@dataclass(frozen=True, slots=True)
class Groups:
    """Receipts that came at the same moment, for a server that hears many at once."""

    app: Flask
    key: str = GROUP

    def store(self, group: list[Call]) -> None:
        """Store them, in one transaction; each is told what came of its own."""
        request_log.of_many()
        told = [each for call in group for each in call.told]
        answers = iter(services_of(self.app).receipts.apply_group(told))
        for call in group:
            call.take(answers)
        _count(self.app, group)


def _count(app: Flask, calls: Sequence[Call]) -> None:
    """Count those that were taken, who are answered next."""
    now = time.perf_counter()
    taken = [now - call.began for call in calls if call.is_taken]
    if taken:
        meters = services_of(app).metrics.meters
        meters.answered("POST", HTTPStatus.OK, len(taken))
        meters.webhook("status", metrics.TAKEN, *taken)


def groups_of(app: Flask) -> Groups | None:
    """How an application takes many; None where it takes each by itself, for the spans of each."""
    return None if options_of(app).tracing.is_on else Groups(app)


def _length(environ: dict[str, Any]) -> int | None:
    """How long the body of a receipt is; None for other requests, and for what needs a look."""
    if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
        return None
    length: str = environ.get("CONTENT_LENGTH") or ""
    is_plain = length.isascii() and length.isdigit() and "HTTP_TRANSFER_ENCODING" not in environ
    return int(length) if is_plain and int(length) <= LONGEST else None
