"""More processes that send, without HTTP: `python -m tests.support.dispatchers 7`."""

import os
import signal
import sys
import threading

from app.bootstrap import build
from app.settings import Settings, read_settings


def main() -> None:
    """Fork so many, and end them when told to end."""
    settings = read_settings(os.environ)
    told_to_end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
    children = [fork(settings) for _ in range(int(sys.argv[1]))]
    told_to_end.wait()
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)


def fork(settings: Settings) -> int:
    """Start one; its process id."""
    child = os.fork()
    if child == 0:
        told_to_end = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
        house = build(settings)
        house.crew.start()
        told_to_end.wait()
        house.close(20)
        os._exit(0)
    return child


if __name__ == "__main__":
    main()
