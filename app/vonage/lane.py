"""One kept-alive connection a thread, which notes how much of the request has left."""

import threading
import time
from dataclasses import dataclass
from ssl import SSLError
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

MAX_IDLE = 5.0  # seconds; servers close idle connections, and a race with that is a needless doubt


class _Note(threading.local):
    """Of the request that this thread is making: has a byte left, did writing break off?"""

    left = False
    broke_off = False


_note = _Note()


class _NotingHTTPConnection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().request(*args, **kwargs)
        except OSError:
            _note.broke_off = True
            raise

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _note.left = True
        super().send(data)


class _NotingHTTPSConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().request(*args, **kwargs)
        except OSError as error:
            _note.broke_off = True
            if _note.left and isinstance(error, SSLError):
                # To urllib3 a broken pipe means: an answer may have come before. So it does here.
                raise BrokenPipeError from error
            raise

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _note.left = True
        super().send(data)


class _NotingHTTPPool(HTTPConnectionPool):
    ConnectionCls = _NotingHTTPConnection


class _NotingHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _NotingHTTPSConnection


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection and for an answer, and whose certificates to trust."""

    connect: float
    read: float
    verify: bool | str = True


class Lane(HTTPAdapter):
    """The connection of one thread. `left` is true from just before the first byte goes out.

    It may be noted and the byte still never arrive; no byte arrives without having been noted.
    urllib3 itself looks whether a kept connection was closed by the server before using it.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _NotingHTTPPool,
            "https": _NotingHTTPSPool,
        }
        self._used_at = time.monotonic()

    @property
    def left(self) -> bool:
        """Of the calling thread's last request: may a byte have reached the server?"""
        return _note.left

    @property
    def broke_off(self) -> bool:
        """Did writing it fail before its end? Then no server can have read all of it."""
        return _note.broke_off

    def attempt(self, request: PreparedRequest, limits: Limits) -> Response:
        """One request, its answer's body unread. Raises whatever requests raises."""
        _note.left = _note.broke_off = False
        self._let_go_if_idle()
        return self.send(
            request,
            stream=True,
            timeout=(limits.connect, limits.read),
            verify=limits.verify,
            proxies={},
        )

    def _let_go_if_idle(self) -> None:
        now = time.monotonic()
        if now - self._used_at > MAX_IDLE:
            self.close()
        self._used_at = now
