"""What the log says, read as the machines of an operator read it."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

from app import log_context
from app.logs import configure

_ASKED = ("logThreads", "logProcesses", "logMultiprocessing")
Lines = Callable[[], list[dict[str, Any]]]


@contextmanager
def restored() -> Iterator[None]:
    """What `configure` changes belongs to the whole process: put it back."""
    root = logging.getLogger()
    noisy = [logging.getLogger(name) for name in ("vonage", "urllib3")]
    kept = root.handlers[:], root.level, [logger.level for logger in noisy]
    asked = {name: getattr(logging, name) for name in _ASKED}
    try:
        yield
    finally:
        vars(logging).update(asked)
        root.handlers[:], level, levels = kept
        root.setLevel(level)
        for logger, its_level in zip(noisy, levels, strict=True):
            logger.setLevel(its_level)
        log_context.tell()


def begin(log_format: str, level: str, stream: io.StringIO) -> io.StringIO:
    """Configure logging; what reaches stderr from then on is in the stream."""
    with redirect_stderr(stream):
        configure(log_format, level)
    return stream


@contextmanager
def logged() -> Iterator[Lines]:
    """Configured for production; gives the lines so far."""
    with restored():
        stream = begin("json", "INFO", io.StringIO())
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
