"""Heads of requests that gunicorn has read, and need not read again where they are alike.

What comes on one connection differs by a few values that gunicorn hands on as they are: a token,
an id, a length. To read all of it anew takes longer than to check a signature. So what it made of a
head is kept with the connection, and holds for each that is the same, byte for byte, but for those
values, as long as these are plain words (ADR 31).
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment

from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader

_OWN = re.compile(
    rb"(\r\n(?:content-length: (?=\d{1,5}(?:\r\n|\Z))"
    rb"|authorization: (?=bearer [\w.~+/=-]+(?:\r\n|\Z))"
    rb"|(?:x-request-id|traceparent): (?=[\w.-]+(?:\r\n|\Z))))([^\r]+)",
    re.IGNORECASE,
)
"""A header whose value is a request's own: its name, then the value."""

_LENGTH = "CONTENT_LENGTH"
_FRAMED = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,5})[ \t]*\r\n", re.IGNORECASE)
_MOST = 8  # heads of a connection that are kept
_NOT_KEPT = ("wsgi.input", "wsgi.early_hints")  # they belong to one request

_Alike = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the application is told of it, and gunicorn's word on one like it."""

    like: Any
    environ: WSGIEnvironment


@dataclass(frozen=True, slots=True)
class _Known:
    request: Any
    environ: WSGIEnvironment
    names: list[str]  # in the environment, of the values that are a request's own


class Heads:
    """Those of one connection."""

    def __init__(self, longest: int) -> None:
        self._longest = longest  # bytes that one header may have: no head is longer
        self._known: dict[_Alike, _Known] = {}

    def request(self, heard: bytes) -> Request | None:
        """What was heard, if it is one whole request whose head is like one that was kept."""
        head, _, body = heard.partition(b"\r\n\r\n")
        alike, values = _apart(head)
        known = self._known.get(alike)
        if known is None or len(head) > self._longest:
            return None
        own = dict(zip(known.names, values, strict=True))
        if int(own[_LENGTH]) != len(body):
            return None
        return Request(known.request, {**known.environ, **own, "wsgi.input": BytesIO(body)})

    def keep(self, heard: bytes, request: Any, environ: WSGIEnvironment) -> None:
        """Note what gunicorn made of a head, if that is plain."""
        alike, values = _apart(heard.partition(b"\r\n\r\n")[0])
        names = [_name_of(each) for each in alike[1::2]]
        own = dict(zip(names, values, strict=True))
        is_plain = (
            _LENGTH in own
            and len(own) == len(names)
            # Else there is another header of this name, which it was joined with.
            and all(environ.get(name) == value for name, value in own.items())
            and isinstance(request.body.reader, LengthReader)
            and not request._expected_100_continue  # noqa: SLF001 (it has no other name)
            and not request.should_close()
        )
        if not is_plain:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        kept = {name: value for name, value in environ.items() if name not in _NOT_KEPT}
        self._known[alike] = _Known(request, kept, names)


def is_whole(heard: bytes) -> bool:
    """Is all of a request there, so that nobody has to wait for the rest of it?"""
    head, _, body = heard.partition(b"\r\n\r\n")
    length = _FRAMED.search(head + b"\r\n")
    return length is not None and len(body) >= int(length[1])


def _apart(head: bytes) -> tuple[_Alike, list[str]]:
    """What a head has in common with others, and the values of its own."""
    parts = _OWN.split(head)
    values = [each.decode() for each in parts[2::3]]
    del parts[2::3]
    return tuple(parts), values


def _name_of(beginning: bytes) -> str:
    """CONTENT_LENGTH, or HTTP_X_REQUEST_ID of `X-Request-Id: ` behind an end of line."""
    name = beginning.decode().strip(":\r\n ").upper().replace("-", "_")
    return name if name == _LENGTH else f"HTTP_{name}"


class Answer(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's, which does not do again what it did for the answer before."""

    _made: tuple[tuple[Any, ...], list[str]] = ((), [])  # first lines, behind what they depend on
    _passed: dict[str, str] = {}  # noqa: RUF012 (of all): headers that gunicorn took as they were

    def default_headers(self) -> list[str]:
        """The status, then what gunicorn says with each answer; the date is dear to write."""
        about = (int(time.time()), self.status, self.req.version, self.should_close())
        told = (*about, self.chunked, self.upgrade)
        known, lines = Answer._made
        if known != told:
            lines = super().default_headers()
            Answer._made = told, lines
        return [*lines]

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Take what the application says, and look at what was not said before."""
        for each in headers:
            name, value = each
            if self._passed.get(name) == value:
                self.headers.append(each)
                continue
            super().process_headers([each])
            if self.headers[-1:] == [each] and name.lower() != "content-length":  # it is noted
                self._passed[name] = value
