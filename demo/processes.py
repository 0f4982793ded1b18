"""The programs of the demo as children: started, watched, and ended with it whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.local import Local
from demo.trouble import Trouble

READY_WITHIN = 60.0  # seconds; it takes about one
STOPPED_WITHIN = 10.0  # seconds; it takes about one
LOOK_EVERY = 0.05  # seconds
SHOWN = 15  # lines of a log
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Running:
    """A program, and where it writes what it has to say."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises Trouble with the end of its log when it is no longer there."""
        if self.process.poll() is not None:
            raise Trouble(f"The {self.name} has ended. {last_lines(self.log)}")


class Programs:
    """Starts programs in one folder, and knows which are running."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._running: list[Running] = []

    def start(self, name: str, arguments: Sequence[str]) -> Running:
        """`python arguments...`, in a process group of its own: a Ctrl-C is for the demo alone."""
        log = self._log(name)
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 (our own programs)
                [sys.executable, "-m", "demo.tether", sys.executable, *arguments],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        running = Running(name, process, log)
        self._running.append(running)
        return running

    def run(self, name: str, arguments: Sequence[str]) -> None:
        """The same to its end, which must be a good one."""
        running = self.start(name, arguments)
        if running.process.wait():
            raise Trouble(f"The {name} went wrong. {last_lines(running.log)}")
        self._running.remove(running)

    def wait_for(self, running: Running, program: Local, path: str) -> None:
        """Returns when the program answers at this path."""
        until = time.monotonic() + READY_WITHIN
        while not program.is_ready(path):
            running.check()
            if time.monotonic() > until:
                raise Trouble(f"The {running.name} does not answer. {last_lines(running.log)}")
            time.sleep(LOOK_EVERY)

    def check(self) -> None:
        """Raises Trouble when one of them has ended."""
        for running in self._running:
            running.check()

    def stop(self) -> None:
        """End them, the last one first: what the service has on its way still finds a receiver."""
        for running in reversed(self._running):
            _stop(running.process)
        self._running.clear()

    def _log(self, name: str) -> Path:
        folder = self._folder / "var" / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"


@contextmanager
def programs(folder: Path, environment: Mapping[str, str]) -> Iterator[Programs]:
    """Programs that all end with the block, however it ends.

    Within it a SIGTERM, and the SIGHUP of a terminal that goes away, are a Ctrl-C.
    """
    before = [signal.signal(number, signal.default_int_handler) for number in ENDS]
    children = Programs(folder, environment)
    try:
        yield children
    finally:
        for number in ENDS:  # an impatient second Ctrl-C must not leave anything behind
            signal.signal(number, signal.SIG_IGN)
        children.stop()
        for number, handler in zip(ENDS, before, strict=True):
            signal.signal(number, handler)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def require_free(name: str, port: int) -> None:
    """Raises Trouble, naming the way out, when something listens at this port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(
                f"Port {port} cannot be used: {error.strerror}. Is another demo running?\n"
                f"Choose another port:  {name}={_another(port)} make demo"
            ) from error


def _another(port: int) -> int:
    return port + 100 if port + 100 <= 65535 else port - 100  # noqa: PLR2004 (the last port)


def last_lines(log: Path) -> str:
    """The end of a log, for a message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:]
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in lines)])
