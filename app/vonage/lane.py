"""One kept-alive connection a thread, which notes how much of the request has left."""

import select
import ssl
import time
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

import certifi

MAX_IDLE = 5.0  # seconds; servers close idle connections, and a race with that is a needless doubt
MAX_BODY = 64 * 1024  # bytes of an answer that are read; a real one has a few hundred


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection and for an answer, and whose certificates to trust.

    `verify` is the path of a file of certificates, or True for the usual authorities. What the
    environment says of that is not looked at, and there is no way not to check.
    """

    connect: float
    read: float
    verify: bool | str = True


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as it came; `body` is None when it was cut short or could not be read."""

    status: int
    headers: Message
    body: bytes | None


class Server:
    """Where requests go: how to connect, and what TLS must prove. One for all threads."""

    def __init__(self, base_url: str, limits: Limits) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        self._host, self._port, self._limits = parts.hostname, parts.port, limits
        self._tls = _trusting(limits.verify) if parts.scheme == "https" else None

    def connect(self) -> HTTPConnection:
        """A new connection, ready for a request. Raises OSError."""
        opens = self._limits.connect
        connection = (
            HTTPConnection(self._host, self._port, timeout=opens)
            if self._tls is None
            else HTTPSConnection(self._host, self._port, timeout=opens, context=self._tls)
        )
        connection.connect()
        connection.sock.settimeout(self._limits.read)
        return connection


def _trusting(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 (as the SDK's world has it)
    if verify is False:
        raise ValueError("certificates are always checked: give the path of those to trust")
    return ssl.create_default_context(cafile=certifi.where() if verify is True else verify)


class Lane:
    """The connection of one thread. `left` is true from just before the first byte goes out.

    It may be noted and the byte still never arrive; no byte arrives without having been noted.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: HTTPConnection | None = None
        self._used_at = 0.0
        self.left = False  # of the last request: may a byte have reached the server?
        self.broke_off = False  # did writing it fail before its end? Then nobody has read it all

    def attempt(self, request: bytes) -> Heard:
        """Write the request once, read one answer. Raises OSError or HTTPException."""
        self.left = self.broke_off = False
        connection = self._open()
        try:
            self._write(connection, request)
            response = HTTPResponse(connection.sock, method="POST")
            try:
                response.begin()
                return self._read(response)
            finally:
                response.close()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        """A thread that ends takes its connection along."""
        self.close()

    def _open(self) -> HTTPConnection:
        now = time.monotonic()
        if self._connection is not None and (
            now - self._used_at > MAX_IDLE or _was_dropped(self._connection)
        ):
            self.close()
        self._used_at = now
        if self._connection is None:
            self._connection = self._server.connect()
        return self._connection

    def _write(self, connection: HTTPConnection, request: bytes) -> None:
        """All at once, which is one packet; an answer may come although writing broke off."""
        self.left = True
        try:
            connection.sock.sendall(request)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.broke_off = True  # whoever closes so may have said why before
        except OSError:
            self.broke_off = True
            raise

    def _read(self, response: HTTPResponse) -> Heard:
        """The status has been heard: whatever breaks from here on, the answer stands."""
        try:
            body = response.read(MAX_BODY)
        except (OSError, HTTPException):
            body = None
        if response.length and body is not None and len(body) < MAX_BODY:
            body = None  # read() says nothing of what is missing
        if not response.isclosed() or response.will_close or body is None or self.broke_off:
            self.close()
        return Heard(response.status, response.headers, body)


def _was_dropped(connection: HTTPConnection) -> bool:
    """Has the server closed it? Nothing else makes it readable while no answer is due."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
