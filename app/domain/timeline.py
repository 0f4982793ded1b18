"""A timeline: every decision about a number in order, each with its rule, source and evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """What happened, in the order in which things of one moment are told."""

    CONTACT = "contact"  # a client told us of the person
    REFUSED = "refused"  # an entry of a client's list that no message was made for
    PLANNED = "planned"  # a message was queued
    HELD = "held"  # it must wait
    RELEASED = "released"  # it need not wait any longer
    CLAIMED = "claimed"  # it was taken out of the queue, to be sent at once
    ATTEMPTED = "attempted"  # it was handed to Vonage, and what came of that
    IN_DOUBT = "in_doubt"  # nobody knows whether it was sent
    GIVEN_UP = "given_up"
    SETTLED = "settled"  # its status came from elsewhere
    RECEIPT = "receipt"  # the carrier's word
    CLICKED = "clicked"  # somebody followed a short link in it
    REPLIED = "replied"  # the person sent a text
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    ASKED_TO_CONFIRM = "asked_to_confirm"  # whether an opt-in is meant
    OPT_OUT_REVERSED = "opt_out_reversed"  # by a person who read the text
    ASKED_FOR_HELP = "asked_for_help"
    ERASED = "erased"  # the person is forgotten
    SKIPPED = "skipped"  # not sent, for a reason of ours
    ANSWERED = "answered"  # our answer to STOP, START or HELP was queued


class Source(StrEnum):
    """Who said so."""

    CLIENT = "client"
    CARRIER = "carrier"  # Vonage and those behind it
    RECIPIENT = "recipient"
    US = "us"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it is written: our ids and Vonage's."""

    campaign_id: str | None = None
    message_id: str | None = None
    message_uuid: str | None = None
    webhook_event_id: str | None = None
    consent_event_id: str | None = None


NO_DETAIL: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One decision, or one piece of news."""

    at: datetime
    what: What
    sentence: str  # for a person
    rule: str  # what decided
    source: Source
    evidence: Evidence
    detail: Mapping[str, Any] = field(default_factory=lambda: NO_DETAIL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message, or of one entry of a client's list, in a sentence."""

    sentence: str
    campaign_id: str | None = None
    campaign_name: str | None = None
    message_id: str | None = None
    status: str | None = None


_PLACE = {what: place for place, what in enumerate(What)}


def in_order(entry: TimelineEntry) -> tuple[datetime, int]:
    """The key to sort entries by: time, then what comes first within one moment."""
    return entry.at, _PLACE[entry.what]
