"""The proof of a number's consent in words: for who prints it, and for who must believe it."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Protocol

from app.domain.consent_ledger import EVERYTHING, ConsentKind, ConsentState

STATES = {
    ConsentState.NONE: "No consent is on record",
    ConsentState.PENDING: "Asked to confirm, and has not answered yet",
    ConsentState.OPTED_IN: "Opted in: may be written to",
    ConsentState.OPTED_OUT: "Opted out: must not be written to",
}
EVENTS = {
    ConsentKind.OPT_IN: "Opted in",
    ConsentKind.PENDING: "Was asked to confirm the opt-in",
    ConsentKind.CONFIRMED: "Confirmed the opt-in",
    ConsentKind.OPT_OUT: "Opted out",
    ConsentKind.RE_OPT_IN: "Opted in again",
    ConsentKind.REVERSED: "Opt-out taken back: none was meant",
    ConsentKind.HELP: "Asked for help",
    ConsentKind.ERASE: "Personal data was erased",
}
_HOW = {
    "keyword": "Texted a keyword",
    "polite": "Texted a keyword among polite words",
    "phrase": "Texted a phrase that was understood so",
    "typo": "Texted a keyword with a slip in it",
    "review": "Decided by a person who read the text",
    "carrier": "Reported by Vonage",
    "api": "Told by another program (API)",
    "web_form": "Web form",
    "paper": "On paper",
    "agent": "Told to an agent",
    "operator": "Recorded by hand",
    "import": "From an imported file",
}


class Event(Protocol):
    """A row of the ledger, as far as it is told here."""

    @property
    def event(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def wording(self) -> str | None: ...
    @property
    def wording_version(self) -> str | None: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def actor(self) -> str | None: ...
    @property
    def ip(self) -> str | None: ...
    @property
    def user_agent(self) -> str | None: ...
    @property
    def source_file(self) -> str | None: ...
    @property
    def source_row(self) -> int | None: ...
    @property
    def evidence_url(self) -> str | None: ...
    @property
    def inbound_uuid(self) -> str | None: ...
    @property
    def message_id(self) -> str | None: ...


def moment(at: datetime, zone: tzinfo) -> str:
    """As in 3 March 2026, 14:05:09 CET: to the second, with the name of the zone."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M:%S %Z}"


def facts(event: Event, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """What is known of an event beside what and when, each with its name."""
    told = (
        ("How", _HOW.get(event.method, event.method.replace("_", " "))),
        ("Words" if event.inbound_uuid else "Wording", event.wording),
        ("Version of the wording", event.wording_version),
        ("Holds for", _scope(event)),
        ("Runs out", event.expires_at and moment(event.expires_at, zone)),
        ("Recorded by", event.actor),
        ("IP address", event.ip),
        ("Browser", event.user_agent),
        ("File", _place(event)),
        ("Evidence", event.evidence_url),
        ("The person's text", event.inbound_uuid and f"{event.inbound_uuid} (Vonage's id)"),
        ("About our message", event.message_id),
    )
    yield from ((name, text) for name, text in told if text)


def _scope(event: Event) -> str | None:
    if event.event == ConsentKind.HELP:
        return None
    return "every text, from every sender" if event.scope == EVERYTHING else event.scope


def _place(event: Event) -> str | None:
    row = f", row {event.source_row}" if event.source_row is not None else ""
    return event.source_file and event.source_file + row
