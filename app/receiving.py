"""gunicorn's `gthread`, with one more thread that takes delivery receipts, many at a time.

Vonage sends two receipts for each message, over few connections that stay open. A thread for each
would wait for a transaction and for the other threads more than it works: here one reads what has
come on all of those connections, has it stored in one go, and answers everybody. What is not plain
goes to a thread of its own, as every other request does.
"""

import select
import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from queue import SimpleQueue
from typing import Any, Protocol
from wsgiref.types import WSGIEnvironment

from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from app.heads import Answer, Heads, is_whole
from app.server_settings import ServerSettings

_BEGINNING = b"POST /webhooks/status "
_MOST = 65_536  # bytes that are read at a time; a receipt has about one thousand
_AT_ONCE = 100  # connections that are heard before those are answered
_STAY = 0.05  # seconds: how long a connection that says nothing is not given back


class Groups(Protocol):
    """How the application takes receipts that are stored together."""

    key: str
    """In the environment of a request: a list that its receipt is put on, and not yet stored.

    The application answers with an iterable whose `is_quick` tells, once the list was stored,
    whether to iterate takes no time.
    """

    def store(self, group: list[Any]) -> None:
        """Store what is on the list."""


class ReceivingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A worker that has a reception as well, once it knows the `groups` of its application."""

    groups: Groups | None = None
    alive: bool

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Somebody speaks on a connection that was kept open."""
        if self.groups is None or self.cfg.is_ssl or not _speaks_of_receipts(client):
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._reception.take(conn)

    @cached_property
    def _reception(self) -> "Reception":
        """Begun by the first who comes."""
        assert self.groups is not None
        begun = Reception(self, self.groups)
        begun.start()
        return begun

    @cached_property
    def _settings(self) -> ServerSettings:
        return ServerSettings(self.cfg, self.log)

    def give_back(self, conn: Any, *, kept: bool) -> None:
        """Let the main thread wait for what a connection says next, or close it."""
        done: Future[bool] = Future()
        done.set_result(kept)
        self.method_queue.defer(self.finish_request, conn, done)

    def begin(self, conn: Any, heard: bytes, group: dict[str, Any]) -> "Exchange":
        """Let the application look at a request that has come, with `group` in its environment."""
        cfg = self._settings
        alike = None if cfg.is_watched else conn.heads.request(heard)
        request, environ = (alike.like, alike.environ) if alike else self._read(conn, heard)
        cfg.pre_request(self, request)
        began = datetime.now()  # noqa: DTZ005 (as gunicorn's access log has it)
        response = Answer(request, conn.sock, cfg)
        environ |= group
        self._count()
        is_full = len(self.keepalived_conns) >= self.max_keepalived
        if not self.alive or not cfg.keepalive or is_full:
            response.force_close()
        answer = self.wsgi(environ, response.start_response)
        return Exchange(conn, request, response, environ, answer, began, is_alike=alike is not None)

    def _read(self, conn: Any, heard: bytes) -> tuple[Any, WSGIEnvironment]:
        """The same by gunicorn, who is asked once about those that are alike."""
        conn.parser.cfg = cfg = self._settings
        conn.parser.unreader.unread(heard)
        request = next(conn.parser)
        _, environ = wsgi.create(request, conn.sock, conn.client, conn.server, cfg)
        environ["wsgi.multithread"] = True
        conn.heads.keep(heard, request, environ)
        return request, environ

    def _count(self) -> None:
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False

    def end(self, exchange: "Exchange") -> bool:
        """Write the answer; may the connection stay open?"""
        conn = exchange.conn
        try:
            self._write(exchange)
            if exchange.response.should_close():
                return False
            return exchange.is_alike or conn.parser.finish_body()
        except OSError:  # the client is gone, or takes nothing
            return False
        except Exception as error:  # noqa: BLE001 (gunicorn logs it, and answers 500)
            self.handle_error(exchange.request, conn.sock, conn.client, error)
            return False

    def _write(self, exchange: "Exchange") -> None:
        response = exchange.response
        response.sock = written = _Written()
        try:
            for part in exchange.answer:
                response.write(part)
            response.close()
            exchange.conn.sock.sendall(written)
        finally:
            took = datetime.now() - exchange.began  # noqa: DTZ005 (the same)
            self.log.access(response, exchange.request, exchange.environ, took)
            self._settings.post_request(self, exchange.request, exchange.environ, response)


@dataclass(slots=True)
class Exchange:
    """A request that the application has looked at, and what it will answer."""

    conn: Any
    request: Any
    response: Any
    environ: WSGIEnvironment
    answer: Iterable[bytes]
    began: datetime
    is_alike: bool  # another one was: gunicorn's parser has not seen it


class _Written(bytearray):
    """An answer, head and body, to be sent as one."""

    sendall = bytearray.extend


class Reception(threading.Thread):
    """Takes the receipts of connections that have brought one, until they bring something else."""

    def __init__(self, worker: ReceivingWorker, groups: Groups) -> None:
        super().__init__(name="reception", daemon=True)
        self._worker = worker
        self._groups = groups
        self._poll = select.epoll()
        self._arriving: SimpleQueue[Any] = SimpleQueue()
        self._here: dict[int, Any] = {}  # connections by file descriptor
        self._spoke: dict[int, float] = {}  # when each came, or was answered last
        self._looked = time.monotonic()

    def take(self, conn: Any) -> None:
        """From another thread: a connection on which something was said."""
        if not hasattr(conn, "heads"):
            conn.heads = Heads(self._worker.cfg.limit_request_field_size)
        self._arriving.put(conn)
        self._poll.register(conn.sock.fileno(), select.EPOLLIN)

    def run(self) -> None:
        """Work for ever; a mistake costs connections, and Vonage calls again."""
        while True:
            heard: list[Any] = []
            try:
                self._serve(heard)
            except Exception:
                self._worker.log.exception("the reception failed")
                for conn in heard:
                    self._give_back(conn, kept=False)
            self._let_go()

    def _serve(self, heard: list[Any]) -> None:
        """Take one request of each who speaks, store them together, then answer.

        Whoever speaks while the first are read is `heard` as well: to store more at once costs
        less than to store twice.
        """
        group: list[Any] = []
        in_environ = {self._groups.key: group}
        exchanges: list[Exchange] = []
        ready = self._ready(_STAY if self._here else None, heard)
        while ready:
            heard += ready
            begun = [self._begin(conn, in_environ) for conn in ready]
            exchanges += [each for each in begun if each is not None]
            ready = self._ready(0, heard) if group else []
        if group:
            self._groups.store(group)
        for exchange in exchanges:
            self._end(exchange)

    def _ready(self, seconds: float | None, heard: list[Any]) -> list[Any]:
        """Wait so long, or for ever, until somebody speaks; all who do and were not heard yet."""
        room = _AT_ONCE - len(heard)
        ready = self._poll.poll(seconds, room) if room > 0 else []
        while not self._arriving.empty():
            conn = self._arriving.get()
            number = conn.sock.fileno()
            self._here[number], self._spoke[number] = conn, time.monotonic()
        return [conn for number, _ in ready if (conn := self._here[number]) not in heard]

    def _begin(self, conn: Any, group: dict[str, Any]) -> Exchange | None:
        try:
            heard = conn.sock.recv(_MOST, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            heard = b""
        if not heard:
            self._give_back(conn, kept=False)
            return None
        if heard.startswith(_BEGINNING) and is_whole(heard):
            # Whatever fails, a thread looks at it again, and refuses it.
            with suppress(Exception):
                return self._worker.begin(conn, heard, group)
        conn.parser.unreader.buf = BytesIO(heard)
        self._part(conn)
        self._worker.enqueue_req(conn)
        return None

    def _end(self, exchange: Exchange) -> None:
        """Answer what is quick; let a thread do the rest."""
        conn = exchange.conn
        if not getattr(exchange.answer, "is_quick", False):
            self._part(conn)
            self._worker.tpool.submit(self._end_slowly, exchange)
            return
        is_kept = self._worker.end(exchange)
        self._spoke[conn.sock.fileno()] = time.monotonic()
        if not is_kept or conn.parser.unreader.buf.getvalue():
            self._give_back(conn, kept=is_kept)

    def _end_slowly(self, exchange: Exchange) -> None:
        exchange.conn.sock.settimeout(None)
        self._worker.give_back(exchange.conn, kept=self._worker.end(exchange))

    def _let_go(self) -> None:
        """Give back who has said nothing for a while."""
        now = time.monotonic()
        if now < self._looked + _STAY:
            return
        self._looked = now
        for number, conn in list(self._here.items()):
            if self._spoke[number] + _STAY < now:
                self._give_back(conn, kept=True)

    def _give_back(self, conn: Any, *, kept: bool) -> None:
        if self._part(conn):
            self._worker.give_back(conn, kept=kept)

    def _part(self, conn: Any) -> bool:
        """Wait for this connection no longer; was it here?"""
        number = conn.sock.fileno()
        if self._here.pop(number, None) is None:
            return False
        del self._spoke[number]
        self._poll.unregister(number)
        return True


def _speaks_of_receipts(client: Any) -> bool:
    """Does what waits to be read begin as a receipt does?"""
    try:
        beginning: bytes = client.recv(len(_BEGINNING), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return beginning == _BEGINNING
