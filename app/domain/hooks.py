"""Outgoing webhooks: what clients are told of, and where they want to be told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.errors import FixInput, Mistake
from app.domain.hook_addresses import Networks, flaw_of_url

MOST = 20  # endpoints: each fact is written once for each of them
_LONGEST_NAME = 80


class HookEvent(StrEnum):
    """What an endpoint can be told of."""

    CAMPAIGN_FINISHED = "campaign.finished"  # nothing of it is queued or being sent any more
    MESSAGE_FINAL = "message.final"  # delivered, rejected, undeliverable, failed or skipped
    REPLY_RECEIVED = "reply.received"  # somebody texted one of our numbers
    OPTED_OUT = "contact.opted_out"  # a number is not to be written to any more
    TEST = "webhook.test"  # sent when asked for, to one endpoint


CHOICES = tuple(event for event in HookEvent if event is not HookEvent.TEST)
"""What an endpoint can ask for."""


class HookStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"  # to be tried, now or later
    DELIVERED = "delivered"  # answered with 2xx
    GIVEN_UP = "given_up"  # tried for 24 hours, or its endpoint is gone for good


ENDED = frozenset({HookStatus.DELIVERED, HookStatus.GIVEN_UP})
"""Where nothing more is tried, unless somebody asks for it."""


@dataclass(frozen=True, slots=True)
class HookEndpoint:
    """An address of a client's that is told of events; its secrets are kept apart."""

    id: str
    url: str
    name: str
    events: frozenset[HookEvent]
    is_enabled: bool
    created_at: datetime
    created_by: str
    old_secret_until: datetime | None = None  # while two secrets sign
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    calls_after: datetime | None = None  # not called before, since it failed
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


@dataclass(frozen=True, slots=True)
class HookWish:
    """An endpoint that somebody wants."""

    url: str
    events: frozenset[HookEvent]
    name: str = ""

    def check(self, allowed: Networks) -> None:
        """Raise FixInput, naming every mistake, when there can be no such endpoint."""
        mistakes = []
        if flaw := flaw_of_url(self.url, allowed):
            mistakes.append(Mistake("/url", flaw))
        if not self.events:
            mistakes.append(Mistake("/events", f"name at least one of {', '.join(CHOICES)}"))
        if len(self.name) > _LONGEST_NAME or re.search(r"[\x00-\x1f\x7f]", self.name):
            mistakes.append(Mistake("/name", f"at most {_LONGEST_NAME} characters, on one line"))
        if mistakes:
            raise FixInput(mistakes)


def read_events(names: Iterable[str], pointer: str = "/events") -> frozenset[HookEvent]:
    """The events by their names; raises FixInput at `pointer` for what is none."""
    given = tuple(names)
    known = ", ".join(CHOICES)
    mistakes = [
        Mistake(f"{pointer}/{place}", f"is no event; there are {known}")
        for place, name in enumerate(given)
        if name not in CHOICES
    ]
    if mistakes:
        raise FixInput(mistakes)
    return frozenset(map(HookEvent, given))


@dataclass(frozen=True, slots=True)
class HookFact:
    """Something that happened. Facts with the same key and time are the same."""

    key: str
    at: datetime
    data: Mapping[str, Any]
    number: str | None = None  # whom it is about, so that it can be forgotten


@dataclass(frozen=True, slots=True)
class HookTry:
    """One try of a delivery, when it is over."""

    attempt: int  # from 1; from 1 again when it is replayed
    at: datetime  # when it began
    code: int | None  # of HTTP; None: there was no answer
    milliseconds: int
    problem: str | None  # None: it was taken


@dataclass(frozen=True, slots=True)
class HookCall:
    """One delivery that this process, and for a minute no other, may try now."""

    id: int
    endpoint_id: str
    event_id: str  # the webhook-id, the same at every try
    url: str
    secrets: tuple[str, ...]  # the newest first
    body: str
    attempt: int  # this one, from 1
    first_at: datetime  # when it was tried first
    at: datetime  # when it was taken to be tried now
    earlier: tuple[HookTry, ...] = ()  # tries that came to nothing


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What came of one try."""

    code: int | None  # of HTTP; None: there was no answer
    duration: float  # seconds
    excerpt: str = ""  # how the answer begins
    problem: str | None = None  # why it does not count, for a person
    retry_after: float | None = None  # seconds, where the endpoint named a time
    is_gone: bool = False  # it said that it wants no more

    @property
    def is_good(self) -> bool:
        return self.problem is None
