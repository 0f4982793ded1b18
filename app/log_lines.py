"""JSON log lines without structlog's chain of processors, which costs more than all else of a line.

Nearly every line is plain: an event's name and some fields. It comes out byte for byte as the chain
would have it; what is not plain (errors with a traceback, lines of structlog's own) goes there.
"""

import json
import logging
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from structlog.contextvars import get_contextvars

_PYTHONS_OWN = frozenset(vars(logging.makeLogRecord({})))
_LEVELS = {level: logging.getLevelName(level).lower() for level in (10, 20, 30, 40, 50)}
_as_json = json.JSONEncoder(default=repr).encode


class PlainLines(logging.Formatter):
    """Lines whose fields went through `masked`, and whatever else as `chain` formats it."""

    def __init__(
        self,
        masked: Callable[[MutableMapping[str, Any]], Mapping[str, Any]],
        chain: logging.Formatter,
    ) -> None:
        super().__init__()
        self._masked = masked
        self._chain = chain

    def format(self, record: logging.LogRecord) -> str:
        level = _LEVELS.get(record.levelno)
        if level is None or not _is_plain(record):
            return self._chain.format(record)
        fields: dict[str, Any] = {"event": record.msg}
        fields |= {key: told for key, told in vars(record).items() if key not in _PYTHONS_OWN}
        for key, value in get_contextvars().items():
            fields.setdefault(key, value)
        fields |= {"logger": record.name, "level": level, "timestamp": _now()}
        return _as_json(self._masked(fields))


def _is_plain(record: logging.LogRecord) -> bool:
    """Nothing to put into the text, no traceback, and not of a logger of structlog's."""
    is_more = record.args or record.exc_info or record.stack_info
    return type(record.msg) is str and not is_more and "_logger" not in vars(record)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
