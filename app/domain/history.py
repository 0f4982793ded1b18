"""All that is known about a number, as it was written down: what a timeline is told from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.lifecycle import CampaignStatus
from app.domain.message import DeliveryReceipt, MessageKind, MessageStatus, OutcomeKind
from app.domain.timeline import Source


@dataclass(frozen=True, slots=True)
class KnownContact:
    """What clients told us of the person."""

    fields: tuple[str, ...]  # their names
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class KnownCampaign:
    """A campaign that named the number, as it stands."""

    id: str
    name: str
    status: CampaignStatus
    status_by: str | None
    status_reason: str | None
    created_at: datetime
    scheduled_at: datetime | None
    canary: int | None
    canary_at: datetime | None
    is_released: bool
    max_rate: float | None = None  # messages a second


@dataclass(frozen=True, slots=True)
class KnownCampaignEvent:
    """What held a campaign or let it go on."""

    campaign_id: str
    at: datetime
    event: str
    source: Source
    by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message to the number, as it stands."""

    id: str
    campaign_id: str | None
    kind: MessageKind
    sender: str
    status: MessageStatus
    status_at: datetime
    reason: str | None
    error_code: str | None
    attempts: int
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
    message_uuid: str | None
    hold_note: str | None = None  # until when it had to wait for a lawful hour

    @property
    def was_planned_away(self) -> bool:
        """Was it skipped when it was planned, without ever waiting?"""
        return self.status is MessageStatus.SKIPPED and self.status_at <= self.created_at


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """One attempt to hand a message to Vonage."""

    message_id: str
    number: int
    claimed_at: datetime | None
    began_at: datetime
    ended_at: datetime
    outcome: OutcomeKind
    code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class KnownReceipt:
    """A receipt, and when it came to us."""

    event_id: str
    message_id: str
    received_at: datetime
    receipt: DeliveryReceipt


@dataclass(frozen=True, slots=True)
class KnownClick:
    """Somebody, or a program, followed a short link in one of its messages."""

    message_id: str
    url: str
    at: datetime
    is_bot: bool
    reason: str | None
    device: str


@dataclass(frozen=True, slots=True)
class KnownConsent:
    """Something that happened to our right to write to the number."""

    id: str
    event: str
    method: str
    wording: str | None
    at: datetime
    inbound_uuid: str | None
    actor: str | None = None
    scope: str | None = None
    source_file: str | None = None
    source_row: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text that came from the number."""

    message_uuid: str
    to: str
    text: str
    reading: str
    sent_at: datetime
    received_at: datetime
    event_id: str | None


@dataclass(frozen=True, slots=True)
class KnownRefusal:
    """An entry of a client's list that named the number, and that no message was made for."""

    campaign_id: str
    position: int
    reason: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class History:
    """Each list with the oldest first."""

    is_opted_out: bool
    contact: KnownContact | None
    campaigns: Mapping[str, KnownCampaign]
    campaign_events: tuple[KnownCampaignEvent, ...]
    messages: tuple[KnownMessage, ...]
    attempts: tuple[KnownAttempt, ...]
    receipts: tuple[KnownReceipt, ...]
    consents: tuple[KnownConsent, ...]
    texts: tuple[KnownText, ...]
    refusals: tuple[KnownRefusal, ...]
    clicks: tuple[KnownClick, ...] = ()
