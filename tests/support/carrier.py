"""A carrier on loopback that answers what it is told, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: Message
    body: bytes


@dataclass
class Carrier:
    """What it answers from now on, and what it was asked so far."""

    address: str
    status: int = 202
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answers(
        self, status: int, body: bytes | Any, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer so from now on; what is not bytes is written as JSON."""
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}


@contextmanager
def carrier() -> Iterator[Carrier]:
    """A carrier at work; afterwards nobody listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.asked.append(Asked(self.path, self.headers, body))
            self.send_response(here.status, "As told")
            for name, value in {**here.headers, "Content-Length": len(here.body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(here.body)

        def log_message(self, *_arguments: object) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here = Carrier(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
