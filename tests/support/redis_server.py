"""A real Redis on loopback, for as long as a block runs."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.support.processes import free_port


class RedisServer:
    """Its address, and the power to end it."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        keeping_nothing = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), *keeping_nothing],
            stdout=subprocess.DEVNULL,
        )
        self._wait_until_there()

    def _wait_until_there(self) -> None:
        end = time.monotonic() + 20
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert time.monotonic() < end, "redis-server did not start"
                    time.sleep(0.05)
                else:
                    return

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("NO REDIS, limits shared in it are untested: apt-get install redis-server")
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.stop()
