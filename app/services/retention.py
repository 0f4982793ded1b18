"""Applies the periods for which texts are kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.services.clock import Clock
from app.storage import retention
from app.storage.database import Database, Session

_log = logging.getLogger(__name__)

_AT_ONCE = 500  # rows a transaction, so that sending never waits long for this

_Find = Callable[[Session, datetime, str | None, int], list[str]]
_Forget = Callable[[Session, list[str]], None]


@dataclass(frozen=True, slots=True)
class Periods:
    """For how long texts are kept; None: for good."""

    texts: timedelta | None = None  # of messages, since the last news of them
    inbound: timedelta | None = None  # that people sent to us

    @property
    def is_any(self) -> bool:
        """Is there anything to do?"""
        return self.texts is not None or self.inbound is not None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many texts were taken away."""

    texts: int
    inbound: int


class Retention:
    """Takes away what is older than that."""

    def __init__(self, database: Database, clock: Clock, periods: Periods) -> None:
        self._database = database
        self._clock = clock
        self.periods = periods

    def apply(self) -> Forgotten:
        """Take away all that is due. Raises TryAgain, with some of it done; a repeat goes on."""
        texts = self._forget(self.periods.texts, retention.old_texts, retention.forget_texts)
        inbound = self.periods.inbound
        words = self._forget(inbound, retention.old_inbound, retention.forget_inbound)
        self._forget(inbound, retention.old_calls, retention.forget_calls)
        if texts or words:
            _log.info("texts_forgotten", extra={"texts": texts, "inbound": words})
        return Forgotten(texts, words)

    def _forget(self, period: timedelta | None, find: _Find, forget: _Forget) -> int:
        """One look over the table, a part at a time."""
        if period is None:
            return 0
        before, last, count = self._clock.now() - period, None, 0
        while True:
            with self._database.reading() as session:
                found = find(session, before, last, _AT_ONCE)
            if not found:
                return count
            with self._database.writing() as session:
                forget(session, found)
            count += len(found)
            last = found[-1]
