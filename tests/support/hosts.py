"""Two machines beside this one: network namespaces, each with a wire to the database and another.

Where those cannot be made (they need root), process groups with addresses of their own take their
place, and the way to the database stops carrying bytes where a wire would be cut.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.processes import Process, free_port
from tests.support.severed import Way

_RUN = f"ca{os.getpid() % 10_000}"  # names of interfaces have 15 characters at most


class Host:
    """One machine: it reaches the database by one wire, and all else by another."""

    def __init__(
        self, place: int, server_url: str, stack: ExitStack, *, is_namespace: bool
    ) -> None:
        self._name = f"{_RUN}n{place}" if is_namespace else ""
        self.address = f"10.78.{place}.2" if is_namespace else f"127.0.0.{place + 1}"
        self.outside = f"10.78.{place}.1" if is_namespace else "127.0.0.1"  # this machine, for it
        database = "127.0.0.1"
        if is_namespace:
            _ip("netns", "add", self._name)
            stack.callback(_ip, "netns", "delete", self._name)
            database = self._wire("d", f"10.77.{place}")
            self._wire("c", f"10.78.{place}")
        self._way = Way(server_url, database)
        stack.callback(self._way.close)
        self.database_url = self._way.url
        self.port = free_port()
        self.url = f"http://{self.address}:{self.port}"

    def _wire(self, kind: str, network: str) -> str:
        """A pair of interfaces, one here and one there; the address of ours."""
        here, there = f"{self._name}{kind}", f"{self._name}{kind}x"
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", self._name)
        _ip("address", "add", f"{network}.1/24", "dev", here)
        _ip("link", "set", here, "up")
        for words in (
            ("address", "add", f"{network}.2/24", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-netns", self._name, *words)
        return f"{network}.1"

    def start(self, arguments: list[str], environ: dict[str, str], log: Path) -> Process:
        """A program of ours on that machine."""
        inside = ["ip", "netns", "exec", self._name] if self._name else []
        told = {"DATABASE_URL": self.database_url, "HOST": self.address, "PORT": str(self.port)}
        return Process(arguments, environ | told, log, inside)

    def cut_off(self) -> None:
        """No byte to the database or back, and nobody is told."""
        if self._name:
            _ip("link", "set", f"{self._name}d", "down")
        else:
            self._way.hold()

    def bring_back(self) -> None:
        """As it was."""
        if self._name:
            _ip("link", "set", f"{self._name}d", "up")
        else:
            self._way.let_go()


@contextmanager
def two_hosts(server_url: str) -> Iterator[tuple[Host, Host]]:
    """Two machines that share the database at `server_url`; nothing of them is left."""
    is_namespace = _can_make_namespaces()
    with ExitStack() as stack:
        yield (
            Host(1, server_url, stack, is_namespace=is_namespace),
            Host(2, server_url, stack, is_namespace=is_namespace),
        )


def _can_make_namespaces() -> bool:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    try:
        _ip("netns", "add", f"{_RUN}try")
        _ip("netns", "delete", f"{_RUN}try")
    except subprocess.CalledProcessError:
        return False
    return True


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
