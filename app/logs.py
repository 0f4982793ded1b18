"""Log lines: a stable event name, then fields. JSON in production, readable at a terminal.

Configured once, by the door. Whatever a line carries, telephone numbers leave it masked.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# A run of seven or more digits is taken for a number; ids are hexadecimal with dashes and
# times carry colons, so neither looks like one. Dates (20 digits and dashes) are left alone.
_NUMBER = re.compile(r"(?<![\w-])\+?\d{7,15}(?![\w-])")


def mask_numbers(text: str) -> str:
    """The text with all but the last two digits of every telephone number hidden."""
    return _NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], text)


def _masked(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and key != "timestamp":
            event[key] = mask_numbers(value)
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _masked,
]


def configure(log_format: str = "auto", level: str = "INFO") -> None:
    """Send every log line of this process, ours and the libraries', to stderr in one format."""
    readable = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    renderer = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("vonage", "urllib3"):  # at DEBUG they print numbers, texts and tokens
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
