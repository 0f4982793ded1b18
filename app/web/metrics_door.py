"""A door of its own for /metrics, in processes that serve nothing else: workers."""

from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Flask

_PATH = "/metrics"
_PATIENCE = 10  # seconds for a request to arrive


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE

    def log_message(self, *_: Any) -> None:
        """The application logs requests itself."""


def listen(app: Flask, host: str, port: int) -> Callable[[], None]:
    """Serve /metrics, and nothing else, until what is returned is called. Raises OSError."""
    server = make_server(host, port, _only_metrics(app), _Server, _Handler)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


def _only_metrics(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == _PATH:
            return app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Only /metrics is here.\n"]

    return answer
