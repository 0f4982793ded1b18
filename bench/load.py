"""A client that keeps so many connections busy with requests that were made beforehand."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """What came of it."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # of each request, in seconds
    refused: int = 0  # answers that were no 200

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(share * len(self.waits)))]


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    sent_at: float
    heard: bytes = b""


def run(port: int, connections: int, requests: Iterator[bytes], seconds: float) -> Load:
    """Send `requests` one after another on each connection, for so long or until they end."""
    load, began = Load(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(sock, 0.0)
            if _send(connection, requests, began + seconds):
                selector.register(sock, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select():
                if _hear(key.data, load) and not _send(key.data, requests, began + seconds):
                    selector.unregister(key.fileobj)
                    key.data.sock.close()
    load.seconds = time.perf_counter() - began
    return load


def _send(connection: _Connection, requests: Iterator[bytes], end: float) -> bool:
    request = next(requests, None) if time.perf_counter() < end else None
    if request is None:
        return False
    connection.heard, connection.sent_at = b"", time.perf_counter()
    connection.sock.sendall(request)
    return True


def _hear(connection: _Connection, load: Load) -> bool:
    """Read what is there; was that all of an answer?"""
    more = connection.sock.recv(65536)
    if not more:
        raise ConnectionError("the service closed a connection without an answer")
    connection.heard += more
    head, found, body = connection.heard.partition(b"\r\n\r\n")
    if not found:
        return False
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    if len(body) < length:
        return False
    load.waits.append(time.perf_counter() - connection.sent_at)
    load.refused += not head.startswith(b"HTTP/1.1 200")
    return True
