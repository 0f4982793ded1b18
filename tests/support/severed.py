"""A way to PostgreSQL that can break at the worst moment: committed, and nobody told."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

_CHUNK = 65_536


class Way:
    """Listens at an address of this machine and carries bytes to a server and back."""

    def __init__(self, server_url: str, address: str = "127.0.0.1") -> None:
        parsed = make_url(server_url)
        self._folder = str(parsed.query.get("host", ""))
        self._address = (parsed.host or "127.0.0.1", parsed.port or 5432)
        self._listener = socket.create_server((address, 0))
        self._is_open = threading.Event()
        self._is_open.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._to_cut = 0
        self.cuts = 0
        port = self._listener.getsockname()[1]
        self.url = (
            parsed.set(host=address, port=port)
            .set(query={"sslmode": "disable", "gssencmode": "disable"})
            .render_as_string(hide_password=False)
        )
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut_commits(self, count: int) -> None:
        """Of the next so many commits, let the server hear and the client hear nothing."""
        with self._lock:
            self._to_cut = count

    def hold(self) -> None:
        """Carry nothing any more, and tell nobody."""
        self._is_open.clear()

    def let_go(self) -> None:
        """Carry on."""
        self._is_open.set()

    def close(self) -> None:
        """Break all that is open."""
        self.let_go()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                _break(each)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                _notice_silence(client)
                thread = threading.Thread(target=self._carry, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _carry(self, client: socket.socket) -> None:
        with client, self._connect() as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=self._pump, args=(server, client))
            back.start()
            with contextlib.suppress(OSError):
                while data := client.recv(_CHUNK):
                    self._is_open.wait()
                    if b"COMMIT" in data and self._is_to_be_cut():
                        _break(client)  # nothing comes back, but the server reads on
                        server.sendall(data)
                        server.shutdown(socket.SHUT_WR)
                        break
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)  # a client that died has closed its connection
            _break(client)
            back.join(10)
            with self._lock:
                self._open -= {client, server}

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        """Carry until either end is gone; what cannot be delivered is read all the same."""
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._is_open.wait()
                with contextlib.suppress(OSError):
                    target.sendall(data)

    def _connect(self) -> socket.socket:
        if not self._folder:
            return socket.create_connection(self._address)
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._folder}/.s.PGSQL.{self._address[1]}")
        return server

    def _is_to_be_cut(self) -> bool:
        with self._lock:
            self._to_cut -= 1
            self.cuts += self._to_cut >= 0
            return self._to_cut >= 0


def _notice_silence(client: socket.socket) -> None:
    """As PostgreSQL does when a client asks for it: whoever does not answer is given up."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


def _break(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def severable(server_url: str) -> Iterator[Way]:
    """A way to the database at `server_url`; connect to its `url`."""
    way = Way(server_url)
    try:
        yield way
    finally:
        way.close()
