"""Clients that begin to speak and fall silent, against gunicorn itself."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.builders import API_KEY
from tests.support.processes import World, world

THREADS = 2
HALF_A_HEADER = b"POST /send-sms HTTP/1.1\r\nHost: x\r\nAuth"
HALF_A_RECEIPT = b"POST /webhooks/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
HALF_A_BODY = (
    b"POST /send-sms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + API_KEY.encode() + b'\r\nContent-Length: 100\r\n\r\n{"to": '
)


@pytest.fixture(scope="module")
def running(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("slow")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    settings = {"WEB_THREADS": str(THREADS), "WEB_SILENCE": "1"}
    with world(f"sqlite:///{folder / 'test.db'}", folder, **settings) as made:
        yield made


def begun(running: World, words: bytes) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", running.port), timeout=20)
    opened.sendall(words)
    return opened


@pytest.mark.parametrize("words", [HALF_A_HEADER, HALF_A_BODY, HALF_A_RECEIPT])
def test_silent_clients_do_not_hold_the_threads(running: World, words: bytes) -> None:
    silent = [begun(running, words) for _ in range(3 * THREADS)]
    began = time.monotonic()

    assert requests.get(f"{running.url}/health/live", timeout=30).ok  # behind all of them
    assert time.monotonic() - began < 15  # three rounds of a second, on a busy machine
    for each in silent:
        with each:
            answer = b"".join(iter(lambda each=each: each.recv(4096), b""))  # type: ignore[misc]  # a default
        if words is not HALF_A_HEADER:
            assert answer.startswith(b"HTTP/1.1 408 "), answer
        else:
            assert b" 200 " not in answer
    assert "unhandled_error" not in running.service.output()


def test_a_connection_that_says_nothing_holds_no_thread(running: World) -> None:
    mute = [begun(running, b"") for _ in range(3 * THREADS)]

    assert requests.get(f"{running.url}/health/live", timeout=30).ok
    for each in mute:
        each.close()
