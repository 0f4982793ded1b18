"""A message that is sent again: which of its tries is meant by what is heard of it.

Every try carries the same client_ref, so news of the first may come while the second is waiting
or on its way. Bad news of an earlier try must not end the new one. Good news counts: whoever
has the text has it, whichever try brought it, and what is still waiting need not leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto

from app.domain.message import MessageStatus


@dataclass(frozen=True, slots=True)
class EarlierTry:
    """What a message had come to when it was queued again."""

    attempt: int  # the last of that try
    status: MessageStatus
    error_code: str | None = None
    message_uuid: str | None = None  # Vonage's, where we know it
    price: Decimal | None = None

    @property
    def is_open(self) -> bool:
        """Did it end in a doubt, of which nothing has been heard since?"""
        return self.status is MessageStatus.IN_DOUBT and self.message_uuid is None

    def learn(self, message_uuid: str | None, price: Decimal | None) -> "EarlierTry":
        """With what was not known of it before."""
        return replace(
            self,
            message_uuid=self.message_uuid or message_uuid,
            price=price if self.price is None else self.price,
        )


class Meaning(Enum):
    """What news does to the message as it stands."""

    COUNTS = auto()  # applied by rank, as always
    EARLIER = auto()  # of an earlier try; changes nothing of this one
    UNCLEAR = auto()  # bad news of either: our own record of the new try will tell


_TAKEN = frozenset({MessageStatus.ACCEPTED, MessageStatus.SUBMITTED})


@dataclass(frozen=True, slots=True)
class Tries:
    """The earlier tries of a message, oldest first, and how far the new one is."""

    earlier: Sequence[EarlierTry]
    is_waiting: bool  # the new try is queued: nothing of it can have been taken
    message_uuid: str | None  # Vonage's of the try that the message stands by, where we know it

    def about(self, message_uuid: str | None, attempt: int | None = None) -> EarlierTry | None:
        """The earlier try that news is about, by our own number of the attempt or Vonage's id.

        None: it is about the new try, or that cannot be told.
        """
        if attempt is not None:
            return next((each for each in self.earlier if attempt <= each.attempt), None)
        if message_uuid is not None and message_uuid == self.message_uuid:
            return None
        for each in self.earlier:
            if message_uuid is not None and message_uuid == each.message_uuid:
                return each
        if self.is_waiting:
            return self._open() or self.earlier[-1]
        is_another = message_uuid is not None and self.message_uuid is not None
        return self._open() if is_another else None

    def meaning(
        self, status: MessageStatus, message_uuid: str | None, attempt: int | None = None
    ) -> Meaning:
        """What to do with this news."""
        if status is MessageStatus.DELIVERED:
            return Meaning.COUNTS
        about = self.about(message_uuid, attempt)
        if about is not None:
            settles = self.is_waiting and about.is_open and status in _TAKEN
            return Meaning.COUNTS if settles else Meaning.EARLIER
        if attempt is not None or status in _TAKEN or self._is_new(message_uuid):
            return Meaning.COUNTS
        return Meaning.UNCLEAR

    def _is_new(self, message_uuid: str | None) -> bool:
        """An id that no earlier try can have."""
        if message_uuid is None:
            return False
        return message_uuid == self.message_uuid or self._open() is None

    def _open(self) -> EarlierTry | None:
        return next((each for each in self.earlier if each.is_open), None)
