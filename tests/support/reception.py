"""A worker of gunicorn around the application, on a socket of its own, and clients that stay."""

import os
import re
import selectors
import socket
import threading
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from app.receiving import ReceivingWorker
from app.web.quick_receipts import Groups
from tests.support.site import Site


class Running:
    """A worker at work, and the groups that it stored."""

    def __init__(self, site: Site) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        config = Config()
        config.set("threads", 4)
        config.set("keepalive", 75)
        self.worker: Any = ReceivingWorker(
            1, os.getppid(), [listener], site.app, 30, config, Logger(config)
        )
        self.worker.wsgi = site.app
        self.groups: list[int] = []
        self.worker.groups = _Watched(Groups(site.app), self.groups)
        self.worker.tpool = self.worker.get_thread_pool()
        self.worker.method_queue.init()
        self.worker.poller = selectors.DefaultSelector()
        self._main = threading.Thread(target=self.worker.run)
        self._main.start()

    def stop(self) -> None:
        self.worker.handle_exit(None, None)
        self._main.join(20)
        self.worker.tmp.close()
        assert not self._main.is_alive()


class _Watched:
    """Counts what comes together."""

    def __init__(self, groups: Groups, seen: list[int]) -> None:
        self.key = groups.key
        self._groups = groups
        self._seen = seen

    def store(self, group: list[Any]) -> None:
        self._seen.append(len(group))
        self._groups.store(group)


class Client:
    """A connection that stays open."""

    def __init__(self, address: Any) -> None:
        self.sock = socket.create_connection(address, timeout=10)
        self.heard = b""

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        self.sock.sendall(request)
        return self.answer()

    def answer(self) -> tuple[bytes, bytes]:
        """Head and body of the next answer."""
        while b"\r\n\r\n" not in self.heard:
            self._hear()
        head, _, self.heard = self.heard.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head.lower())
        length = int(found[1]) if found else 0
        while len(self.heard) < length:
            self._hear()
        body, self.heard = self.heard[:length], self.heard[length:]
        return head + b"\r\n", body

    def _hear(self) -> None:
        more = self.sock.recv(65536)
        if not more:
            raise ConnectionError("closed")
        self.heard += more
