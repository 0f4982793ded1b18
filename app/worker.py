"""The door of worker processes: `flask worker`, or the queue engine's own command line."""

import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable

from dotenv import load_dotenv

from app import logs
from app.bootstrap import House, build
from app.settings import InvalidSettings, read_settings

_log = logging.getLogger(__name__)


def run(house: House) -> None:
    """Work until SIGTERM or SIGINT: then claim no more, finish what is in flight, record, leave.

    That takes STOP_TIMEOUT seconds at most; what has no answer by then is left to its lease.
    """
    house.share_metrics()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: house.begin_no_more())
    _log.info("worker_started", extra={"runner": house.settings.runner})
    house.runner.run_worker()
    house.close(house.settings.stop_timeout)
    _log.info("worker_ended")


def __getattr__(name: str) -> object:
    """`engine`: for `procrastinate --app=app.worker.engine worker`, made when it is asked for.

    Its other commands send nothing: only a worker begins to work.
    """
    if name != "engine":
        raise AttributeError(name)
    load_dotenv()
    logs.configure(os.environ.get("LOG_FORMAT", "auto"), os.environ.get("LOG_LEVEL", "INFO"))
    try:
        return _engine(build(read_settings(os.environ)))
    except InvalidSettings as mistakes:
        # The engine would only say that there is no such thing.
        print(f"Carillon cannot start:\n{mistakes}", file=sys.stderr)  # noqa: T201 (as wsgi.py does)
        sys.exit(1)


def _engine(house: House) -> object:
    atexit.register(house.close, house.settings.stop_timeout)
    make: Callable[[Callable[[], None]], object] | None
    if make := getattr(house.runner, "command_line", None):
        return make(house.share_metrics)
    raise InvalidSettings("RUNNER: must be procrastinate, for its command line to be used")
