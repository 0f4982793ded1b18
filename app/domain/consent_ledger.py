"""The consent ledger: what happened to our right to write to a number, and what follows from it.

The fields are those that auditors ask for. Which of them are about a person is said here, since
an erasure takes those away and leaves the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentKind(StrEnum):
    """What happened."""

    OPT_IN = "opt_in"
    PENDING = "pending"  # the person was asked whether it is meant
    CONFIRMED = "confirmed"  # and said yes
    OPT_OUT = "opt_out"
    RE_OPT_IN = "re_opt_in"  # after an opt-out
    REVERSED = "reversed"  # somebody read the text again: no opt-out was meant
    HELP = "help"
    ERASE = "erase"  # the person is forgotten, and is not to be written to


class ConsentState(StrEnum):
    """What all that comes to."""

    NONE = "none"
    PENDING = "pending"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


_STATE_AFTER = {
    ConsentKind.OPT_IN: ConsentState.OPTED_IN,
    ConsentKind.PENDING: ConsentState.PENDING,
    ConsentKind.CONFIRMED: ConsentState.OPTED_IN,
    ConsentKind.OPT_OUT: ConsentState.OPTED_OUT,
    ConsentKind.RE_OPT_IN: ConsentState.OPTED_IN,
    ConsentKind.REVERSED: ConsentState.NONE,
    ConsentKind.ERASE: ConsentState.OPTED_OUT,
}

EVERYTHING = "all"
"""The scope of an opt-out: whoever the sender and whatever the programme."""

REVIEWED = frozenset({"phrase", "typo"})
"""Methods by which a text was understood rather than read: a person should look at it."""

PERSONAL = (
    *("number", "wording", "ip", "user_agent", "actor", "inbound_uuid", "message_id"),
    *("source_file", "source_row", "evidence_url"),
)
"""The fields that an erasure takes away."""


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One row of the ledger before it has its place. The salt is random, and as long as 80 bits."""

    id: str
    number: str
    event: ConsentKind
    method: str  # keyword, polite, phrase, typo, carrier, api, web_form, import, operator, ...
    wording: str | None  # the person's own words, or what the person agreed to
    at: datetime
    salt: str
    inbound_uuid: str | None = None
    message_id: str | None = None
    scope: str = EVERYTHING
    wording_version: str | None = None
    actor: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    source_file: str | None = None
    source_row: int | None = None  # as a spreadsheet counts, from 1
    expires_at: datetime | None = None
    evidence_url: str | None = None


def state_after(before: ConsentState, event: ConsentKind) -> ConsentState:
    """What holds once this has happened."""
    return _STATE_AFTER.get(event, before)


def recorded_as(event: ConsentKind, before: ConsentState, *, was_texted: bool) -> ConsentKind:
    """An opt-in by its full name: a return, or the answer to our question."""
    if event is not ConsentKind.OPT_IN:
        return event
    if before is ConsentState.OPTED_OUT:
        return ConsentKind.RE_OPT_IN
    if before is ConsentState.PENDING and was_texted:
        return ConsentKind.CONFIRMED
    return event


def is_expired(state: ConsentState, expires_at: datetime | None, now: datetime) -> bool:
    """Has an opt-in run out? Canada's implied consent does after two years."""
    return state is ConsentState.OPTED_IN and expires_at is not None and expires_at <= now


def replayed(events: Iterable[ConsentKind]) -> ConsentState:
    """What all of them come to, the oldest first."""
    state = ConsentState.NONE
    for event in events:
        state = state_after(state, event)
    return state
