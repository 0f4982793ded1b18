"""One text to one number: what can become of it, and what is said about it on the way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.phone import PhoneNumber


class MessageStatus(StrEnum):
    """Where a message stands, in rank order: of all that is heard the furthest counts."""

    QUEUED = "queued"  # waits in the outbox
    SENDING = "sending"  # a thread is about to send it, or is waiting for the answer
    SKIPPED = "skipped"  # never sent, for a reason of ours
    IN_DOUBT = "in_doubt"  # the request left and no answer came: it may have been sent
    FAILED = "failed"  # refused by Vonage, not sent
    ACCEPTED = "accepted"  # Vonage answered 202: accepted for processing, nothing more
    SUBMITTED = "submitted"  # handed to the carrier, and paid for
    UNDELIVERABLE = "undeliverable"  # Vonage could not reach the carrier
    REJECTED = "rejected"  # the carrier refused it
    DELIVERED = "delivered"  # the carrier says that it arrived


_RANK = {status: rank for rank, status in enumerate(MessageStatus)}

FINAL = frozenset(
    {
        MessageStatus.SKIPPED,
        MessageStatus.FAILED,
        MessageStatus.UNDELIVERABLE,
        MessageStatus.REJECTED,
        MessageStatus.DELIVERED,
    }
)
"""Nothing more is expected, although a late receipt may still be heard."""

OPEN = frozenset({MessageStatus.QUEUED, MessageStatus.SENDING})
"""The engine still has work to do."""

TAKEN = frozenset(
    {
        MessageStatus.ACCEPTED,
        MessageStatus.SUBMITTED,
        MessageStatus.UNDELIVERABLE,
        MessageStatus.REJECTED,
        MessageStatus.DELIVERED,
    }
)
"""Vonage took the message, whatever became of it afterwards."""


def furthest(one: MessageStatus, other: MessageStatus) -> MessageStatus:
    """The status that counts when both were heard, in whichever order."""
    return max(one, other, key=_RANK.__getitem__)


AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a message is due that is not to wait: a clock that was set back cannot delay it."""


class MessageKind(StrEnum):
    """Why we write: it decides the lane and what an opt-out means for the message."""

    CAMPAIGN = "campaign"
    SINGLE = "single"  # POST /send-sms; goes ahead of campaigns
    REPLY = "reply"  # the answer to STOP, START or HELP; goes even to those who opted out


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this process, and no other, may now hand to the gateway, once."""

    id: str  # travels as Vonage's client_ref
    to: PhoneNumber
    sender: str  # a number in E.164 with its plus, or a name of at most 11 characters
    text: str
    not_before: float  # its place in the pace of the sender, seconds since the epoch
    campaign_id: str | None = None
    attempt: int = 1
    not_after: datetime | None = None  # when the campaign wants no more to be tried
    claimed_at: datetime | None = None
    ttl: int | None = None  # seconds that carriers may try: to the end of lawful hours


@dataclass(frozen=True, slots=True)
class Claim:
    """What the outbox gave, and when it is worth asking again."""

    messages: tuple[ClaimedMessage, ...]
    ask_again_in: float | None  # seconds; None: nothing more is waiting


class OutcomeKind(StrEnum):
    """What came of one attempt to hand a message to the gateway."""

    ACCEPTED = "accepted"  # Vonage has it
    REFUSED = "refused"  # not sent, and never will be as it stands
    CAMPAIGN_MUST_PAUSE = "campaign_must_pause"  # not sent; every other message would fail alike
    TRY_LATER = "try_later"  # provably not accepted, may work later
    IN_DOUBT = "in_doubt"  # the request left and no readable answer came


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt's end: `reason` is for a person, `code` is Vonage's where it gave one."""

    kind: OutcomeKind
    reason: str = ""
    message_uuid: str | None = None
    code: str | None = None
    retry_after: float | None = None  # seconds, when Vonage named a time
    throttled: bool = False  # Vonage answered 429: the whole sender should slow down
    unreachable: bool = False  # Vonage could not be reached at all


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that was handed to the gateway, and what came of it."""

    message: ClaimedMessage
    outcome: Outcome
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """The carrier's word on a message, in whichever shape it came."""

    status: MessageStatus
    at: datetime  # UTC, by Vonage's clock
    client_ref: str | None = None  # our message id, when Vonage sent it back
    message_uuid: str | None = None
    to: str | None = None
    error_code: str | None = None
    reason: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    segments: int | None = None  # as counted by Vonage


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A text that somebody sent to one of our numbers."""

    message_uuid: str
    from_number: PhoneNumber
    to: str  # the number of ours that was texted, in E.164 with its plus
    text: str
    at: datetime  # UTC, by Vonage's clock
