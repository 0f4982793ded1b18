"""Log lines: a stable event name, then fields. JSON in production, readable at a terminal.

Configured once, by the door. Whatever a line carries, telephone numbers leave it masked, and
tokens and passwords do not leave at all.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any

import structlog

from app.log_lines import PlainLines

# A run of seven or more digits is taken for a number; ids are hexadecimal with dashes and
# times carry colons, so neither looks like one. Dates (20 digits and dashes) are left alone.
# Behind a plus it is a number however it is broken up.
# So it is in the path of a timeline, where people write it in ways of their own.
_NUMBER = re.compile(
    r"(?<=/api/numbers/)[^/]+|\+\(?\d(?:[ ().-]{0,2}\d){6,14}|(?<![\w-])\d{7,15}(?![\w-])"
)
_SECRET = re.compile(
    r"(?<=\bbearer )[\w.~+/=-]{8,}"
    r"|(?<=\bbasic )[\w+/=-]{8,}"
    r"|(?<=:)[^\s:@/]+(?=@)"  # the password in an address
    r"|\beyJ[\w-]+(?:\.[\w-]*)*",  # every JWT begins so: {" in base64
    re.IGNORECASE,
)
# What neither of them can find anything in, told at one look: a word, an id of a request, a UUID.
_HARMLESS = re.compile(
    r"(?!eyj)[^\W\d]\w*|[0-9a-f]{16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)
_OURS = {"timestamp", "level", "logger"}  # written by nobody but us, and the same in every line
_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR"}


def mask_numbers(text: str) -> str:
    """The text with all but the last two digits of every telephone number hidden."""
    return _NUMBER.sub(lambda found: _hidden(found[0]), text)


def _hidden(number: str) -> str:
    shown = number[-2:]
    return re.sub(r"[\d+]", "*", number[:-2]) + shown


def mask(text: str) -> str:
    """The same, and without tokens and passwords."""
    if _HARMLESS.fullmatch(text):
        return text
    return mask_numbers(_SECRET.sub("[secret]", text))


def _masked(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What goes into a line, safe to be read by anybody."""
    for key, value in event.items():
        # What begins with an underscore is structlog's own and is not written.
        if key not in _OURS and not key.startswith("_"):
            event[key] = _safe(value)
    return event


def _safe(value: object) -> object:
    """The value with every text in it masked; integers stay, since numbers to call are texts."""
    match value:
        case str():
            return mask(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {mask(str(name)): _safe(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_safe(inner) for inner in value]
        case _:  # exceptions and all that can only be written as Python shows it
            return mask(repr(value))


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _masked,
]


def configure(log_format: str = "auto", level: str = "INFO") -> None:
    """Send every log line of this process, ours and the libraries', to stderr in one format.

    Runs before the settings are read, which are what names a mistake: until then an unknown level
    is taken for INFO.
    """
    readable = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    renderer = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler()
    chain = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler.setFormatter(chain if readable else PlainLines(partial(_masked, None, ""), chain))
    # What no line shows need not be asked for at each; so Python's documentation advises.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level if level in _LEVELS else "INFO")
    for noisy in ("vonage", "urllib3"):  # at DEBUG they print numbers, texts and tokens
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
