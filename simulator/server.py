"""HTTP/1.1 on a real socket, which some answers never reach whole."""

import contextlib
import os
import re
import socket
import struct
import sys
from collections.abc import Callable
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock
from typing import Any
from uuid import uuid4

from simulator import answers
from simulator.answers import Answer, Manner, RefusedError, problem_answer

LARGEST_BODY = 1_000_000
GARBAGE = b"\x16\x03\x01\x00\xff not HTTP \x00\xfe\r\n\r\n"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for 0 seconds: close() sends RST and not FIN

Respond = Callable[[str, str, str | None, bytes], Answer]
"""Method, path with its query, Authorization header and body, to the answer."""


class Server(ThreadingHTTPServer):
    """A thread for each connection; knows the open ones, so that it can end at once."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], respond: Respond, *, verbose: bool) -> None:
        super().__init__(address, Handler)
        self.respond = respond
        self.verbose = verbose
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._all_closed = Event()

    def server_bind(self) -> None:
        """Without the look-up of the host's name that HTTPServer makes here, which can be slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._open.discard(request)
            if not self._open:
                self._all_closed.set()

    def close_connections(self) -> None:
        """Ends every connection, also those that are kept in silence."""
        with self._lock:
            self._all_closed.clear()
            waiting = bool(self._open)
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        if waiting:
            self._all_closed.wait(1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is nothing to report."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks for its answer, and writes it in the manner that it wants."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        try:
            body = self._read_body()
            answer = self.server.respond(
                self.command, self.path, self.headers.get("Authorization"), body
            )
        except RefusedError as refused:
            self.close_connection = True  # what is left of the body is not read
            answer = refused.answer
        if self.server.verbose:
            self._report(self.path.partition("?")[0], answer)
        self._write(answer)

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise RefusedError(problem_answer(answers.INVALID_JSON))
        if int(length) > LARGEST_BODY:
            raise RefusedError(problem_answer(answers.TOO_LARGE))
        return self.rfile.read(int(length))

    def _write(self, answer: Answer) -> None:
        match answer.manner:
            case Manner.WHOLE:
                self.wfile.write(self._head(answer) + answer.body)
            case Manner.HALF:
                self.wfile.write(self._head(answer) + answer.body[: len(answer.body) // 2])
                self.close_connection = True
            case Manner.CLOSED:
                self.close_connection = True
            case Manner.RESET:
                self._reset()
            case Manner.SILENCE:
                self._keep_silent()
            case Manner.GARBAGE:
                self.wfile.write(GARBAGE)
                self.close_connection = True

    def _head(self, answer: Answer) -> bytes:
        """Written in one go with the body: two writes would be two packets."""
        headers = (
            ("Date", self.date_time_string()),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("X-Request-Id", str(uuid4())),
            *answer.headers,
            *((("Connection", "close"),) if self.close_connection else ()),
        )
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _reset(self) -> None:
        """Closed below socketserver, which would say goodbye with a FIN first."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        os.close(self.connection.detach())

    def _keep_silent(self) -> None:
        """Until the caller gives up, or the simulator ends."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            while self.connection.recv(4096):
                pass

    def _report(self, path: str, answer: Answer) -> None:
        """One line, without the token and with masked numbers."""
        said = "closed" if answer.status == 0 else f"{answer.status} {answer.manner}"
        sys.stderr.write(f"{self.command} {masked(path)} {said}\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Its own lines are not wanted: _report writes ours."""


def masked(path: str) -> str:
    """Numbers keep their last two digits."""
    return re.sub(r"\d{5,}(?=\d\d)", "*****", path)
