"""The answers as the OpenAPI description shows them; `views` writes them."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask_openapi.models import Response
from pydantic import BaseModel, Field

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageKind, MessageStatus
from app.web.described import Document
from app.web.text_documents import TemplateUsedDocument, TextStockDocument

Responses = dict[str | int | HTTPStatus, type[BaseModel] | Response | dict[str, Any] | None]
"""What flask-openapi takes as the answers of a route."""

SECURED: list[dict[str, list[str]]] = [{"api_key": []}]
BODY = (400, 408, 413, 415, 422)  # what may be wrong with a body


class MistakeDocument(Document):
    pointer: str
    detail: str


class DifferenceDocument(Document):
    part: str
    before: int | str
    now: int | str
    sentence: str


class ProblemDocument(Document):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[MistakeDocument] | None = Field(None, description="Every mistake in the request.")
    code: str | None = Field(None, description="Vonage's, where it gave one.")
    message_id: str | None = Field(None, description="The message that this is about.")
    messages: int | None = Field(None, description="How many messages must be confirmed.")
    campaign_id: str | None = Field(None, description="The campaign that was sent before.")
    link: str | None = Field(None, description="Where that is.")
    scope: str | None = Field(None, description="What the key lacks.")
    campaign_status: CampaignStatus | None = Field(None, description="Where the campaign stands.")
    differences: list[DifferenceDocument] | None = Field(
        None, description="What is not as it was previewed."
    )


class RefusalDocument(Document):
    index: int
    value: str
    reason: str
    duplicate: bool


class LinksDocument(Document):
    self: str
    messages: str
    refusals: str


class CountsDocument(Document):
    successful_count: int
    failed_count: int
    accepted_count: int
    rejected_count: int
    duplicate_count: int
    opted_out_count: int
    not_valid_count: int
    skipped_count: int = Field(description="Had enough texts, or no lawful hour.")


class ResultsDocument(CountsDocument):
    refused: list[RefusalDocument]
    refused_total: int
    not_valid: list[RefusalDocument]


class BriefDocument(Document):
    id: str
    name: str
    status: CampaignStatus
    links: LinksDocument


class LaunchedDocument(Document):
    status: str
    message: str
    campaign: BriefDocument
    results: ResultsDocument


class PolicyDocument(Document):
    canary: int | None
    canary_from: int
    canary_wait: float
    max_failure_rate: float | None
    max_opt_out_rate: float | None
    spend_cap: str | None
    late_tolerance: float | None
    resend_in_doubt_after: float | None


class TargetDocument(Document):
    lists: list[str]
    audience: str | dict[str, Any] | None


class CampaignDocument(BriefDocument):
    status_reason: str | None
    status_by: str | None = Field(description="The person or the rule that brought it there.")
    message: str
    from_: str = Field(alias="from")
    created_at: datetime
    scheduled_at: datetime | None
    time_zone: str | None
    not_after: datetime | None
    max_rate: float | None = Field(description="Messages a second at most; null: no limit.")
    started_at: datetime | None
    finished_at: datetime | None
    kind: str = Field(description="marketing or transactional")
    quiet_hours: str | dict[str, Any] | None
    holidays: str = Field(description="open, or closed on those of the recipient.")
    local_time: str | None
    target: TargetDocument | None = Field(description="null: recipients were named.")
    recipient_count: int
    results: CountsDocument
    messages: dict[MessageStatus, int]
    policy: PolicyDocument
    template: TemplateUsedDocument | None = Field(description="Where the message was copied from.")
    track_links: bool
    text: TextStockDocument | None = Field(description="null where nobody gets a text.")


class DraftDocument(CampaignDocument):
    results: ResultsDocument


class CampaignsDocument(Document):
    campaigns: list[CampaignDocument]
    next: str | None


class MessageDocument(Document):
    id: str
    campaign_id: str | None
    kind: MessageKind
    number: str
    from_: str = Field(alias="from")
    text: str
    segments: int
    status: MessageStatus
    status_at: datetime
    due_at: datetime | None = Field(description="Not to be sent before; null: at once.")
    held: str | None = Field(description="Until when it is or was held, and why.")
    reason: str | None
    error_code: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
    message_uuid: str | None
    price: str | None
    currency: str | None
    billed_segments: int | None


class MessagesDocument(Document):
    messages: list[MessageDocument]
    next: str | None


class RefusalsDocument(Document):
    refusals: list[RefusalDocument]
    next: str | None


class SentDocument(Document):
    message_uuid: str | None
    status: str
    message_id: str


class ReadinessDocument(Document):
    status: str
    checks: dict[str, str]


_PROBLEM = {
    "description": "Problem (RFC 9457)",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    },
}


def answers(document: type[BaseModel], *statuses: int, also: int | None = None) -> Responses:
    """The document for the first status below 300 (200 where none is named), problems for the rest.

    `also` is a second status that the document comes with. Every guarded route may answer 401,
    403, 429 and 503.
    """
    good = [status for status in statuses if status < 300] or [200]  # noqa: PLR2004 (HTTP)
    described: Responses = {}
    described.update({str(status): document for status in [*good, *([also] if also else [])]})
    if "204" in described:
        described["204"] = {"description": "Done; there is nothing more to say."}
    described.update(problems_for(*statuses))
    return described


def problems_for(*statuses: int) -> Responses:
    """Problems for these, and for what every guarded route may answer."""
    bad = {status for status in statuses if status >= 300} | {401, 403, 429, 503}  # noqa: PLR2004 (HTTP)
    return {str(status): _PROBLEM for status in sorted(bad)}
