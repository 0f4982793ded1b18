"""A thread of gunicorn stays with a connection that speaks on, unless somebody else waits."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from app.lingering import LingeringWorker

ASK = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = str(environ["PATH_INFO"]).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker with one thread, whose main thread the test is."""
    config = Config()
    made = LingeringWorker(1, os.getppid(), [], None, 30, config, Logger(config))
    made.wsgi = echo
    made.tpool = made.get_thread_pool()
    yield made
    made.tpool.shutdown()
    made.tmp.close()


@pytest.fixture
def client(worker: Any) -> Iterator[tuple[socket.socket, "Future[Any]"]]:
    """A connection whose first request is being handled."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    ours.sendall(ASK % b"first")
    conn = TConn(worker.cfg, theirs, ("127.0.0.1", 1), ("127.0.0.1", 80))
    with ours, theirs:
        yield ours, worker.tpool.submit(worker.handle, conn)


def answer(client: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n/" not in heard:
        heard += client.recv(4096)
    return heard.rpartition(b"/")[2]


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a slow machine decides nothing."""
    monkeypatch.setattr("app.lingering._LINGER", 10_000)


@pytest.mark.usefixtures("_patient")
def test_what_a_client_asks_next_is_answered_by_the_same_thread(
    client: tuple[socket.socket, "Future[Any]"],
) -> None:
    sock, handled = client
    assert answer(sock) == b"first"
    for each in (b"second", b"third"):
        sock.sendall(ASK % each)
        assert answer(sock) == each
    assert not handled.done()
    sock.sendall(LAST)
    assert answer(sock) == b"last"
    assert handled.result(10) is False  # to be closed


def test_a_client_that_says_no_more_is_left_to_the_poller(
    client: tuple[socket.socket, "Future[Any]"],
) -> None:
    sock, handled = client
    assert answer(sock) == b"first"
    assert handled.result(10) is True


@pytest.mark.usefixtures("_patient")
def test_a_client_that_goes_is_let_go(client: tuple[socket.socket, "Future[Any]"]) -> None:
    sock, handled = client
    assert answer(sock) == b"first"
    sock.close()
    assert handled.result(10) is False


@pytest.mark.usefixtures("_patient")
def test_a_thread_that_others_wait_for_does_not_linger(worker: Any) -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(ASK % b"first")
    conn = TConn(worker.cfg, theirs, ("127.0.0.1", 1), ("127.0.0.1", 80))
    goes_on = threading.Event()
    worker.wsgi = lambda *asked: [goes_on.wait(10), echo(*asked)][1]
    with ours, theirs:
        handled = worker.tpool.submit(worker.handle, conn)
        waiting = [worker.tpool.submit(int) for _ in range(2)]
        goes_on.set()
        assert handled.result(5) is True
        assert [each.result(5) for each in waiting] == [0, 0]


@pytest.mark.usefixtures("_patient")
def test_a_worker_that_stops_does_not_linger(worker: Any) -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(ASK % b"first")
    conn = TConn(worker.cfg, theirs, ("127.0.0.1", 1), ("127.0.0.1", 80))
    worker.alive = False
    with ours, theirs:
        assert not worker.tpool.submit(worker.handle, conn).result(5)
