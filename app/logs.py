"""Log lines: a stable event name, then fields. JSON in production, readable at a terminal.

Configured once, by the door. Whatever a line carries, telephone numbers leave it masked, and
tokens and passwords do not leave at all.
"""

import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from app import log_context

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
_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}


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


def _safe(value: object) -> object:
    """The value with every text in it masked; integers stay, since numbers to call are texts."""
    match value:
        case str():
            return _bounded(mask(value))
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {mask(str(name)): _safe(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_safe(inner) for inner in value]
        case _:  # exceptions and all that can only be written as Python shows it
            return _bounded(mask(repr(value)))


_MOST = 20_000  # characters of one value: an error of PostgreSQL may quote ten thousand numbers


def _bounded(text: str) -> str:
    """A text with what is too much of it left out of its middle: the ends of an error say most."""
    if len(text) <= _MOST:
        return text
    half = _MOST // 2
    return f"{text[:half]} [{len(text) - _MOST} characters left out] {text[-half:]}"


# What the logging of Python itself, or another handler, puts on every record.
_EVERY = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_as_json = json.JSONEncoder().encode


class _AsJson(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with nothing in it that may not leave."""
        return _as_json(self.fields(record))

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """What the line says: what it is about, the event, its fields, then what every line has."""
        own = {name: value for name, value in vars(record).items() if name not in _EVERY}
        said = {**log_context.told(), "event": record.getMessage(), **own}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            said["stack_info"] = record.stack_info
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        shown = {name: _safe(value) for name, value in said.items()}
        return shown | {"logger": record.name, "level": record.levelname.lower(), "timestamp": at}


class _Readable(_AsJson):
    """For people: when, how grave, what, and its fields; a traceback as Python writes it."""

    def __init__(self, *, is_coloured: bool) -> None:
        super().__init__()
        self._is_coloured = is_coloured

    def format(self, record: logging.LogRecord) -> str:
        """The line, and more of them after an error."""
        fields = self.fields(record)
        at, level, event = (fields.pop(name) for name in ("timestamp", "level", "event"))
        long = [f"\n{fields.pop(name)}" for name in ("stack_info", "exception") if name in fields]
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        level = self._coloured(f"{level:<8}", _COLOURS.get(record.levelname, ""))
        return f"{at} {level} {self._coloured(f'{event:<28}', _BOLD)} {told}{''.join(long)}"

    def _coloured(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._is_coloured else text


def configure(log_format: str = "auto", level: str = "INFO") -> None:
    """Send every log line of this process, ours and the libraries', to stderr in one format.

    Runs before the settings are read, which are what names a mistake: until then an unknown level
    is taken for INFO.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(log_format, handler.stream))
    # What no line shows need not be asked for at each; so Python's documentation advises.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level if level in _LEVELS else "INFO")
    for noisy in ("vonage", "urllib3"):  # at DEBUG they print numbers, texts and tokens
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _formatter(log_format: str, stream: TextIO) -> logging.Formatter:
    if log_format == "console" or (log_format == "auto" and stream.isatty()):
        return _Readable(is_coloured=stream.isatty() and "NO_COLOR" not in os.environ)
    return _AsJson()
