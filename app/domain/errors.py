"""What can go wrong, named by what the caller should do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


class CarillonError(Exception):
    """Every error that this program raises on purpose."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in what a client sent.

    `pointer` is a JSON pointer (RFC 6901), "" for the whole body; `detail` says how to mend it.
    """

    pointer: str
    detail: str


class FixInput(CarillonError):
    """The caller must change what it sent; every mistake is listed, and nothing was stored."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{m.pointer or 'body'}: {m.detail}" for m in self.mistakes))


class NotFound(CarillonError):
    """There is no such thing here."""


class Conflict(CarillonError):
    """The thing exists, but not in a state in which this can be done to it."""


class Unconfirmed(Conflict):
    """It may do harm, and the caller has not said that this is wanted; nothing was done."""

    def __init__(self, text: str, messages: int) -> None:
        self.messages = messages  # how many it is about
        super().__init__(text)


class TryAgain(CarillonError):
    """Nothing was done; the same call may succeed later."""


class MaybeDone(TryAgain):
    """The connection was lost while the work was made durable: it was done wholly, or not at all.

    Whatever may be repeated without harm, as a webhook, is simply tried again.
    """


class NotAuthentic(CarillonError):
    """The caller is not who it says it is, and asking again will not help."""


class InvalidNumber(CarillonError):
    """No telephone number that could exist; str(error) says why, in words for a person."""


class InvalidRecipient(CarillonError):
    """A recipient that no message can be made for; str(error) says why."""


class InvalidTemplate(CarillonError):
    """The template cannot be read, or uses what is not allowed; str(error) says what and where."""
