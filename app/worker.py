"""The door of worker processes: `flask worker`, or the queue engine's own command line."""

import atexit
import logging
import os
import signal
from collections.abc import Callable

from app.bootstrap import House, build
from app.settings import read_settings

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
    """`engine`: for `procrastinate --app=app.worker.engine worker`, made when it is asked for."""
    if name != "engine":
        raise AttributeError(name)
    house = build(read_settings(os.environ))
    make: Callable[[], object] | None = getattr(house.runner, "app", None)
    if make is None:
        raise AttributeError("there is an engine with RUNNER=procrastinate only")
    house.crew.start()
    atexit.register(house.close, house.settings.stop_timeout)
    return make()
