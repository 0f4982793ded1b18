"""Who queues messages, and how many that caller may: asked in the transaction that queues.

The guard of the API says who it is; between it and the transaction lie services that need not know.
"""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Protocol, TypeVar

from app.domain.api_keys import Allowance, day_of, is_magic
from app.domain.errors import CapReached, FixInput, Mistake
from app.storage import api_keys
from app.storage.database import Session

ALLOWANCE: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
"""Of whoever asks; None for those who are bound by nothing."""


class _ToSomebody(Protocol):
    @property
    def number(self) -> str: ...


_Of = TypeVar("_Of", bound=_ToSomebody)


def only_allowed(planned: Iterable[_Of], place: str) -> Iterator[_Of]:
    """The same; raises FixInput at the first number that a test key may not reach."""
    allowance = ALLOWANCE.get()
    return (
        map(partial(_checked, place), planned) if allowance and allowance.is_test else iter(planned)
    )


def _checked(place: str, message: _Of) -> _Of:
    check_number(message.number, place)
    return message


def check_number(number: str, place: str) -> None:
    """Raise FixInput when whoever asks holds a test key, and this is no magic number."""
    allowance = ALLOWANCE.get()
    if allowance is not None and allowance.is_test and not is_magic(number):
        words = "a test key reaches the simulator's magic numbers alone, +1 555 and seven digits"
        raise FixInput([Mistake(place, f"{words}; use a key that is none for anybody else")])


def spend(session: Session, messages: int, now: datetime) -> None:
    """Count what is queued against the day of whoever asks. Raises CapReached."""
    allowance = ALLOWANCE.get()
    if allowance is None or allowance.per_day is None or not messages:
        return
    queued = api_keys.count(session, allowance.key_id, day_of(now), messages)
    if queued > allowance.per_day:
        left = max(0, allowance.per_day - (queued - messages))
        raise CapReached(
            f"the key {allowance.name} may queue {allowance.per_day} messages a day (UTC),"
            f" of which {left} are left, and this would queue {messages}. Nothing was queued",
            _seconds_of_the_day_left(now),
        )


def _seconds_of_the_day_left(now: datetime) -> int:
    midnight = datetime.combine(day_of(now) + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1
