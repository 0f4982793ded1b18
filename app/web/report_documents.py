"""The report of a campaign as the OpenAPI description shows it; `report_views` writes it."""

from datetime import datetime

from pydantic import Field

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.web.described import Document
from app.web.preview_documents import ReckoningDocument


class FunnelDocument(Document):
    recipients: int = Field(description="As many as were named.")
    refused: int = Field(description="No number that could be texted, or a value was missing.")
    duplicates: int
    not_planned: int = Field(description="Of a draft, which has no messages yet.")
    messages: int = Field(description="One for each of the others.")
    queued: int
    sending: int
    skipped: int = Field(description="Opted out, had enough texts, or cancelled.")
    in_doubt: int
    refused_by_vonage: int
    sent: int = Field(description="Taken by Vonage: the sum of the three below.")
    on_the_way: int
    refused_by_carrier: int
    delivered: int


class WaitingDocument(Document):
    messages: int = Field(description="Queued for a later time; 10000 means as many or more.")
    next_at: datetime | None = Field(description="When the first of them may leave.")


class SpanDocument(Document):
    at: datetime = Field(description="Its beginning.")
    delivered: int
    failed: int
    on_the_way: int


class DeliveriesDocument(Document):
    span_seconds: int
    spans: list[SpanDocument] = Field(description="Without gaps, at most 48.")
    later: int = Field(description="Messages after the last span, where that would be far off.")


class FailureCountDocument(Document):
    status: MessageStatus
    code: str | None = Field(description="Vonage's.")
    messages: int
    words: str = Field(description="What that means.")
    may_pass: bool = Field(description="The same message may go through later.")


class ReportDocument(Document):
    campaign_id: str
    name: str
    status: CampaignStatus
    status_reason: str | None
    status_by: str | None
    funnel: FunnelDocument
    waiting: WaitingDocument
    deliveries: DeliveriesDocument = Field(
        description="Messages that left, by the time they came to what they are now."
    )
    failures: list[FailureCountDocument]
    opt_outs: int = Field(description="That answered it within seven days.")
    inbound_texts: int = Field(description="Other texts that did.")
    cost: ReckoningDocument
