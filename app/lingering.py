"""gunicorn's threads, each of which stays with a busy connection for a moment.

gunicorn gives a connection back to its main thread after every answer, and takes it up again for
the next request. Where a client, or the proxy in front, speaks on at once, both ways are spared:
a tenth of the CPU of a receipt.
"""

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

_LINGER = 5  # milliseconds: how long a request may wait for a thread that lingers elsewhere


class LingeringWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's `gthread`, but for what comes after an answer."""

    def handle(self, conn: Any) -> Any:
        """Answer requests of one connection; True: it is kept open, and the poller waits for it."""
        kept = super().handle(conn)
        while kept is True and self._speaks_on(conn):
            kept = super().handle(conn)
        return kept

    def _speaks_on(self, conn: Any) -> bool:
        """Does the client say more within a moment? Not asked while others wait for a thread."""
        others_wait = not self.tpool._work_queue.empty()  # noqa: SLF001 (a pool tells nobody else)
        if others_wait or not self.alive or conn.is_http2:
            return False
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(_LINGER))
