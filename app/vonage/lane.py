"""A kept-alive connection, which notes how much of a request has left."""

import select
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection, RemoteDisconnected
from socket import socket
from urllib.parse import urlsplit

import certifi

from app.domain.waits import Elsewhere, Readable, Waiting, Writable
from app.vonage.reading import Heard, NotHttp, Reading

MAX_IDLE = 5.0  # seconds; servers close idle connections, and a race with that is a needless doubt
_PIECE = 16 * 1024  # bytes, a whole record of TLS: what is left of one, no socket tells of


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection and for an answer, and whose certificates to trust.

    `verify` is the path of a file of certificates, or True for the usual authorities. What the
    environment says of that is not looked at, and there is no way not to check.
    """

    connect: float
    read: float
    verify: bool | str = True


class Server:
    """Where requests go: how to connect, and what TLS must prove. One for all threads."""

    def __init__(self, base_url: str, limits: Limits) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        self._host, self._port, self.limits = parts.hostname, parts.port, limits
        self._tls = _trusting(limits.verify) if parts.scheme == "https" else None

    def connect(self) -> socket:
        """A new connection that does not block, ready for a request; takes its time.

        Raises OSError.
        """
        opens = self.limits.connect
        connection = (
            HTTPConnection(self._host, self._port, timeout=opens)
            if self._tls is None
            else HTTPSConnection(self._host, self._port, timeout=opens, context=self._tls)
        )
        connection.connect()
        connection.sock.settimeout(0)
        return connection.sock


def _trusting(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 (as the SDK's world has it)
    if verify is False:
        raise ValueError("certificates are always checked: give the path of those to trust")
    return ssl.create_default_context(cafile=certifi.where() if verify is True else verify)


class Lane:
    """One connection. `left` is true from just before the first byte goes out.

    It may be noted and the byte still never arrive; no byte arrives without having been noted.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._socket: socket | None = None
        self.used_at = 0.0  # by time.monotonic
        self.left = False  # of the last request: may a byte have reached the server?
        self.broke_off = False  # did writing it fail before its end? Then nobody has read it all

    def attempt(self, request: bytes) -> Waiting[Heard]:
        """Write the request once, read one answer. Raises OSError or NotHttp."""
        self.left = self.broke_off = False
        try:
            connection = yield from self._open()
            yield from self._write(connection, request)
            return (yield from self._read(connection))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        """Whoever forgets a lane has closed it."""
        self.close()

    def _open(self) -> Waiting[socket]:
        now = time.monotonic()
        if self._socket is not None and (
            now - self.used_at > MAX_IDLE or _was_dropped(self._socket)
        ):
            self.close()
        self.used_at = now
        if self._socket is None:
            self._socket = yield Elsewhere(self._server.connect, now + self._server.limits.connect)
        return self._socket

    def _write(self, connection: socket, request: bytes) -> Waiting[None]:
        """All at once, which is one packet; an answer may come although writing broke off."""
        self.left = True
        try:
            yield from _send_all(connection, request, self._deadline())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.broke_off = True  # whoever closes so may have said why before
        except OSError:
            self.broke_off = True
            raise

    def _read(self, connection: socket) -> Waiting[Heard]:
        """Once a status has been heard the answer stands, whatever breaks after it."""
        reading, until = Reading(), self._deadline()
        try:
            while not reading.is_over:
                reading.feed((yield from _receive(connection, until)))
        except (OSError, NotHttp) as error:
            if not reading.has_begun and isinstance(error, NotHttp):
                raise RemoteDisconnected("nothing came") from error
            if not reading.status:
                raise
        finally:
            reading.close()
        if not reading.stays_open or self.broke_off:
            self.close()
        return reading.heard()

    def _deadline(self) -> float:
        return time.monotonic() + self._server.limits.read


def _send_all(connection: socket, request: bytes, until: float) -> Waiting[None]:
    rest = memoryview(request)
    while rest:
        try:
            rest = rest[connection.send(rest) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            yield Writable(connection, until)
        except ssl.SSLWantReadError:
            yield Readable(connection, until)


def _receive(connection: socket, until: float) -> Waiting[bytes]:
    """The next bytes; none: the end."""
    while True:
        yield Readable(connection, until)
        try:
            return connection.recv(_PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            pass  # it was for TLS, such as a ticket for another session
        except ssl.SSLWantWriteError:
            yield Writable(connection, until)


def _was_dropped(connection: socket) -> bool:
    """Has the server closed it? Nothing else makes it readable while no answer is due."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
