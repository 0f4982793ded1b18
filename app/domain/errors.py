"""What can go wrong, named by what the caller should do about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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


class WrongStatus(Conflict):
    """The campaign stands where this cannot be done to it; `status` says where."""

    def __init__(self, status: str, detail: str) -> None:
        self.status = status
        super().__init__(detail)


class DuplicateCampaign(Conflict):
    """The very same was sent a short while ago, as the campaign `campaign_id`."""

    def __init__(self, campaign_id: str) -> None:
        self.campaign_id = campaign_id
        super().__init__(
            "a campaign with the same recipients, text and sender was sent within the last ten"
            ' minutes. If this one is meant as well, say so: "allow_duplicate": true'
        )


class PreviewChanged(Conflict):
    """The campaign is not what its preview said any more; nothing was done.

    Each of `differences` has a `part`, the figures `before` and `now`, and a `sentence`.
    """

    def __init__(self, campaign_id: str, differences: Sequence[Mapping[str, Any]]) -> None:
        self.campaign_id = campaign_id
        self.differences = tuple(differences)
        told = "; ".join(str(each["sentence"]) for each in differences)
        super().__init__(f"since the preview {told}. Nothing was sent: make a new preview")


class StillRunning(Conflict):
    """The same request is being worked on at this moment; its answer can be had soon."""


class KeyReused(CarillonError):
    """The idempotency key belongs to a request with another body."""


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


class InvalidMoment(CarillonError):
    """No point in time, or one that could be several; str(error) says what is missing."""


class InvalidTemplate(CarillonError):
    """The template cannot be read, or uses what is not allowed; str(error) says what and where."""


class UnreadableSheet(CarillonError):
    """No table can be read from the file; str(error) says why, and what to save it as."""


class Forbidden(CarillonError):
    """The caller is known and may not do this; `scope` is what it lacks, if it is that."""

    def __init__(self, text: str, scope: str | None = None) -> None:
        self.scope = scope
        super().__init__(text)


class CapReached(CarillonError):
    """The key has queued what it may in a day; nothing was done. `seconds` until it may again."""

    def __init__(self, text: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(text)
