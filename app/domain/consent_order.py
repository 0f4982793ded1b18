"""What clients, operators and files tell of somebody's consent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.consent_ledger import EVERYTHING, ConsentEvent, ConsentKind
from app.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class ConsentOrder:
    """What a client tells of somebody's consent, with its proof."""

    number: PhoneNumber
    event: ConsentKind  # OPT_IN or OPT_OUT
    method: str
    actor: str
    wording: str | None = None
    wording_version: str | None = None
    scope: str = EVERYTHING
    at: datetime | None = None  # when it was given; None: now
    ip: str | None = None
    user_agent: str | None = None
    message_id: str | None = None
    source_file: str | None = None
    source_row: int | None = None
    expires_at: datetime | None = None
    evidence_url: str | None = None
    confirm_from: str | None = None  # a sender that asks the person whether it is meant
    after_opt_out: bool = False  # the client knows that the person had left

    def as_event(self, event_id: str, salt: str, now: datetime) -> ConsentEvent:
        """The row of the ledger that it makes."""
        names = ConsentEvent.__dataclass_fields__.keys() & ConsentOrder.__dataclass_fields__.keys()
        told = {name: getattr(self, name) for name in names}
        is_asked = self.confirm_from is not None and self.event is ConsentKind.OPT_IN
        told["event"] = ConsentKind.PENDING if is_asked else self.event
        return ConsentEvent(**told | {"id": event_id, "at": self.at or now, "salt": salt})


@dataclass(frozen=True, slots=True)
class ImportedOptOut:
    """Somebody whom a file says to have left."""

    number: PhoneNumber
    row: int  # of the file, from 1
    wording: str | None = None


def flaws(order: ConsentOrder, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with it, whoever it is about: the field, and how to mend it."""
    if order.at is not None and order.at > now:
        yield "at", "is in the future: name when the consent was given"
    if order.event is not ConsentKind.OPT_IN:
        if order.confirm_from is not None:
            yield "double_opt_in", "is for opt-ins: an opt-out counts at once"
        return
    if order.wording is None:
        yield "wording", "is needed: without what the person agreed to there is no proof"
    if order.expires_at is not None and order.expires_at <= now:
        yield "expires_at", "is past: this consent has run out already"


def why_no_return(order: ConsentOrder, since: datetime | None, now: datetime) -> str | None:
    """Why an opt-in cannot follow the opt-out of `since`: neither by accident, nor if older."""
    if order.confirm_from is not None:
        return "opted out, so it cannot be asked by text: only START brings the person back"
    if not order.after_opt_out:
        return 'opted out: if the person agreed again since then, say "after_opt_out": true'
    if since is not None and (order.at or now) <= since:
        return "opted out after this consent was given, and that counts"
    return None
