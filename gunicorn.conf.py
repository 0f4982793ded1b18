"""How gunicorn runs Carillon; read by itself when gunicorn starts in this folder.

Every number can be overridden on gunicorn's own command line.
"""

import os
import signal
import socket
import struct
from types import FrameType
from typing import Any

from dotenv import load_dotenv
from gunicorn.glogging import Logger

from app import logs

load_dotenv()
logs.configure(os.environ.get("LOG_FORMAT") or "auto", os.environ.get("LOG_LEVEL") or "INFO")

_on_sqlite = (os.environ.get("DATABASE_URL") or "sqlite:").startswith("sqlite")
_port = os.environ.get("PORT") or os.environ.get("APP_PORT") or "3000"


class OurLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own lines, in the same format as everybody else's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = OurLogger
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{_port}"
worker_class = "app.receiving.ReceivingWorker"  # gthread, with a thread for delivery receipts
# On SQLite one process writes: two on one file wait for its lock and cost webhooks up to a second.
workers = 1 if _on_sqlite else int(os.environ.get("WEB_CONCURRENCY") or "2")
threads = int(os.environ.get("WEB_THREADS") or "16")
keepalive = 75  # seconds that an idle connection stays open: longer than a proxy in front keeps it
timeout = 120  # seconds; a campaign of a million recipients takes a while to read
# What a stop may take: what is in flight first, then requests that wait for it.
_stop_timeout = int(os.environ.get("STOP_TIMEOUT") or "25")
graceful_timeout = _stop_timeout + 5
control_socket_disable = True
# Each worker has threads of its own, and those do not survive a fork.
preload_app = False
accesslog = None  # the application logs requests itself, with numbers masked


# How long a client may say nothing in the midst of a request, or take nothing of its answer: its
# thread could otherwise be held for good. Before the first byte no thread is held at all.
_silence = int(os.environ.get("WEB_SILENCE") or "30")


def when_ready(server: Any) -> None:
    """Connections inherit this of the socket that they come in at."""
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _silence, 0))


def post_worker_init(worker: Any) -> None:
    """Go on with what is queued as soon as a worker is up, not at its first request."""
    house = _house_of(worker)
    house.share_metrics()
    worker.groups = _groups_of(worker)
    house.start()
    _claim_no_more_at(signal.SIGTERM, house)
    if url := house.settings.address:
        worker.log.info("Vonage can reach %s/webhooks/status and %s/webhooks/inbound", url, url)


def _house_of(worker: Any) -> Any:
    """Imported here, since only workers need the application: gunicorn's master stays small."""
    from app.factory import house_of  # noqa: PLC0415

    return house_of(worker.app.callable)


def _groups_of(worker: Any) -> Any:
    """Imported here for the same reason."""
    from app.web.quick_receipts import groups_of  # noqa: PLC0415

    return groups_of(worker.app.callable)


def _claim_no_more_at(number: signal.Signals, house: Any) -> None:
    """At the first sign of the end, before open requests are waited for."""
    gunicorns_own = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        house.begin_no_more()
        if callable(gunicorns_own):
            gunicorns_own(received, frame)

    signal.signal(number, handle)


def worker_exit(_server: Any, worker: Any) -> None:
    """Finish what is in flight and record it before the process goes."""
    if worker.app.callable is not None:
        _house_of(worker).close(_stop_timeout)
