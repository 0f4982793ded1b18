"""What gunicorn's master and the processes under it hold, stage by stage.

    python -m bench.memory [--sizes 10000,100000] [--receipts 4000] [--latency 0.05]
                           [--database URL]

In MB, as the kernel counts them (PSS): what several processes share is divided among them, also
among others on the machine that run the same Python. What is no longer needed by anybody counts as
long as it is not given back.
"""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench import load, webhooks
from bench.send import post
from bench.service import Service, running, wait_for

_FEW = 50
_FIRST = 15_551_000_000


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    print(f"{'':40}{'most':>8}{'then':>8}   each")
    with running(arguments.latency, arguments.database) as service:
        _say("ready", service.memory(), service)
        with _watched(f"{_FEW} sent", service):
            post(service, _FEW, first=15_559_900_000)
            wait_for(lambda: service.taken()["count"] == _FEW, 30)
        done = _FEW
        for size in [int(each) for each in arguments.sizes.split(",")]:
            with _watched(f"POST of {size:,} answered", service):
                post(service, size, first=_FIRST + done)
            done += size
            with _watched(f"{size:,} sent", service):
                wait_for(lambda: service.taken()["count"] == done, 3_600, pause=0.1)  # noqa: B023 (waited for here)
        _receive(service, arguments.receipts)


def _receive(service: Service, count: int) -> None:
    with _watched(f"{count:,} more sent, and listed", service):
        made = webhooks.calls(webhooks.sent(service, count))
    for connections in (16, 64):
        with _watched(f"receipts on {connections} connections", service):
            load.run(service.port, connections, made, 3.0)


@contextmanager
def _watched(stage: str, service: Service) -> Iterator[None]:
    """Look at it fifty times a second until the stage is over."""
    seen = [service.memory()]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            seen.append(service.memory())

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
    _say(stage, max(seen), service)


def _say(stage: str, most: float, service: Service) -> None:
    each = "  ".join(f"{held:.1f}" for held in service.memories())
    print(f"{stage:40}{most:8.1f}{service.memory():8.1f}   {each}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.memory")
    parser.add_argument("--sizes", default="10000,100000", help="recipients, with commas")
    parser.add_argument("--receipts", type=int, default=4_000, help="messages, two receipts each")
    parser.add_argument("--latency", type=float, default=0.05, help="of the carrier, in seconds")
    parser.add_argument("--database", help="an empty PostgreSQL database")
    return parser.parse_args()


if __name__ == "__main__":
    main()
