"""One POST, exactly once, and the truth about whether it left.

The SDK's own client sends a POST again, up to ten times, when the server closes the connection
without an answer, which may be after it took the message: ten texts for one. There is no
idempotency key at Vonage that would undo that. So this client makes one attempt and tells its
caller which of two things happened when no answer came:

- `NothingLeft`: not one byte of the request was written. Trying again is safe.
- `AnswerLost`: something was written. Nobody knows whether the message was taken.

That is a fact and not a guess. Types of exceptions do not tell the two apart: the same
ConnectionResetError stands for a port that nobody serves and for "closed after reading", and a
TimeoutError for both of the two waits. Hence the connections of lane.py, which note the moment
before the first byte is handed to the system.
"""

import json
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import RemoteDisconnected
from importlib.metadata import version
from ssl import SSLError
from typing import Any, NoReturn
from urllib.parse import urlsplit

from app.domain.waits import Waiting
from app.vonage.lane import MAX_IDLE, Lane, Limits, Server
from app.vonage.reading import NotHttp
from app.vonage.sdk import Auth, HttpClient, HttpClientOptions


class NothingLeft(Exception):
    """No byte of the request was written."""


class AnswerLost(Exception):
    """The request left, wholly or in part, and no readable answer came."""


class Letter(Exception):
    """What the SDK would post: it asks for it by `post`, and gets this instead of an answer."""

    def __init__(self, path: str, content: dict[str, Any]) -> None:
        self.path, self.content = path, content
        super().__init__(path)


class NotAccepted(Exception):
    """An answer came, and it is not a success."""

    def __init__(self, answer: "Answer") -> None:
        self.answer = answer
        super().__init__(f"HTTP {answer.status}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is None when it was cut short or could not be read."""

    status: int
    headers: Mapping[str, str]  # their names in small letters
    body: bytes | None
    authorization: bytes  # what the request carried
    whole: bool = True  # False: it came before the request was written to its end


class OneAttemptClient(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """What the SDK's Messages writes to, and what posts that: one attempt for each letter.

    No session lies beneath it: no redirect is followed, no cookie is kept, and neither proxy
    variables nor a .netrc (whose default entry would replace our token) are looked at. Any thread
    may post; a connection is used by one letter at a time.
    """

    def __init__(self, auth: Auth, base_url: str, limits: Limits) -> None:
        address = read_base_url(base_url)
        parts = urlsplit(address)
        super().__init__(auth, HttpClientOptions(api_host=parts.netloc))
        self._server = Server(address, limits)
        self._path = parts.path
        # Byte by byte the same in every request, so it is written once.
        self._head = (
            f"Host: {parts.netloc}\r\n"
            f"User-Agent: carillon vonage-python-sdk/{version('vonage')}\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "Content-Type: application/json\r\n"
        )
        self._idle: deque[Lane] = deque()  # the last that was used is the last one here

    def post(
        self,
        host: str,  # noqa: ARG002 - the base address decides
        request_path: str = "",
        params: dict[str, Any] | None = None,
        auth_type: str = "jwt",
        **_kwargs: Any,
    ) -> NoReturn:
        """Nothing is posted here: raises Letter, for `deliver`."""
        if auth_type != "jwt":
            raise NothingLeft("without an application's token, webhooks would go elsewhere")
        raise Letter(request_path, params or {})

    def make_request(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """The SDK's way to the network, with its repeats: closed, to its other verbs too."""
        raise NothingLeft("only post() is offered here, since only it makes a single attempt")

    def deliver(self, letter: Letter) -> Waiting[dict[str, Any]]:
        """The JSON object of a success; NothingLeft, AnswerLost or NotAccepted otherwise."""
        try:
            authorization = self.auth.create_jwt_auth_string()
            request = self._request(letter, authorization)
        except Exception as error:
            raise NothingLeft(f"the request could not be made: {type(error).__name__}") from error
        answer = yield from self._attempt(request, authorization)
        if 200 <= answer.status < 300:  # noqa: PLR2004 - the family of successes
            return _read_success(answer)
        raise NotAccepted(answer)

    def close(self) -> None:
        """Close the connections; to be called when nothing is on its way."""
        while self._idle:
            self._idle.pop().close()

    def _request(self, letter: Letter, authorization: bytes) -> bytes:
        """Head and body in one piece: a library's way to it would cost more than all the rest."""
        body = json.dumps(letter.content, ensure_ascii=False, separators=(",", ":")).encode()
        head = (
            f"POST {self._path}{letter.path} HTTP/1.1\r\n{self._head}"
            f"Content-Length: {len(body)}\r\nAuthorization: {authorization.decode()}\r\n\r\n"
        )
        return head.encode("ascii") + body

    def _attempt(self, request: bytes, authorization: bytes) -> Waiting[Answer]:
        lane = self._lane()
        try:
            heard = yield from lane.attempt(request)
            whole = not lane.broke_off
        except Exception as error:
            kind = AnswerLost if lane.left else NothingLeft
            raise kind(_in_words(error, self._server.limits, left=lane.left)) from error
        finally:  # from here on it may be another letter's
            self._idle.append(lane)
        return Answer(heard.status, heard.headers, heard.body, authorization, whole)

    def _lane(self) -> Lane:
        """The one that was used last; those that nobody has needed for long are let go."""
        with suppress(IndexError):  # another thread was faster
            while self._idle and time.monotonic() - self._idle[0].used_at > MAX_IDLE:
                self._idle.popleft().close()
            return self._idle.pop()
        return Lane(self._server)


def read_base_url(text: str) -> str:
    """The address without its last slash; ValueError when it is no http or https address."""
    address = text.strip().rstrip("/")
    parts = urlsplit(address)
    good = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    if not good or parts.query or parts.fragment or re.search(r"\s", address):
        raise ValueError("VONAGE_API_URL must be an address like https://api.nexmo.com")
    return address


def _read_success(answer: Answer) -> dict[str, Any]:
    taken = f"Vonage took the message (HTTP {answer.status})"
    if answer.body is None:
        raise AnswerLost(f"{taken}, but its answer was cut short")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise AnswerLost(f"{taken}, but its answer is unreadable") from error
    if not isinstance(body, dict):
        raise AnswerLost(f"{taken}, but its answer is not a JSON object")
    return body


def _in_words(error: Exception, limits: Limits, *, left: bool) -> str:
    """For a person; never the exception's own text, which may hold whatever the server wrote."""
    if isinstance(error, TimeoutError):
        wait = f"answer within {limits.read:g}" if left else f"connection within {limits.connect:g}"
        return f"no {wait} seconds"
    if isinstance(error, RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, NotHttp):
        return f"the answer is no HTTP: {error}"
    what = "TLS" if isinstance(error, SSLError) else "the connection"
    return f"{what} failed: {_name(error)}"


def _name(error: Exception) -> str:
    """ "Connection refused", "self-signed certificate", or the kind of error."""
    words = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(words or type(error).__name__)
