"""How gunicorn runs Carillon; read by itself when gunicorn starts in this folder.

Every number can be overridden on gunicorn's own command line.
"""

import os
from typing import Any

from dotenv import load_dotenv

from app.factory import house_of

load_dotenv()

_on_sqlite = os.environ.get("DATABASE_URL", "sqlite:").startswith("sqlite:")
_port = os.environ.get("PORT") or os.environ.get("APP_PORT") or "3000"

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{_port}"
worker_class = "gthread"
# On SQLite one process writes: two on one file wait for its lock and cost webhooks up to a second.
workers = 1 if _on_sqlite else int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "16"))
timeout = 120  # seconds; a campaign of a million recipients takes a while to read
graceful_timeout = 30
control_socket_disable = True
# Each worker dispatches for itself, and threads do not survive a fork.
preload_app = False
accesslog = None  # the application logs requests itself, with numbers masked


def post_worker_init(worker: Any) -> None:
    """Go on with what is queued as soon as a worker is up, not at its first request."""
    house_of(worker.app.callable).runner.start()


def worker_exit(_server: Any, worker: Any) -> None:
    """Finish what is in flight and record it before the process goes."""
    if worker.app.callable is not None:
        house_of(worker.app.callable).close(graceful_timeout - 5)
