"""Answers about outgoing webhooks, as the OpenAPI description shows them."""

from pydantic import Field

from app.domain.hooks import HookEvent, HookStatus
from app.web.described import Document


class HookDocument(Document):
    id: str
    url: str
    name: str
    events: list[HookEvent]
    enabled: bool
    created_at: str
    created_by: str
    failing_since: str | None = Field(description="Since when nothing was delivered.")
    disabled_at: str | None
    disabled_reason: str | None = Field(description="Why we call it no more.")
    old_secret_until: str | None = Field(description="Until when two secrets sign.")


class NewHookDocument(HookDocument):
    secret: str = Field(description="Shown now and never again.")


class HooksDocument(Document):
    endpoints: list[HookDocument]


class HookTryDocument(Document):
    attempt: int = Field(description="From 1; from 1 again when it is replayed.")
    tried_at: str
    code: int | None
    duration_ms: int
    problem: str | None = Field(description="null: it was taken.")


class HookDeliveryDocument(Document):
    """One event for one endpoint; code, duration, answer and problem are those of the last try."""

    id: int
    webhook_id: str = Field(description="The same at every try: what a receiver knows it by.")
    event: HookEvent
    happened_at: str
    status: HookStatus
    attempts: int
    tried_at: str | None
    next_try_at: str | None
    code: int | None
    duration_ms: int | None
    answer: str | None = Field(description="How the answer begins.")
    problem: str | None
    tries: list[HookTryDocument] = Field(description="The oldest first, the last fifty.")
    payload: str = Field(description="The body, word for word.")


class HookDeliveriesDocument(Document):
    deliveries: list[HookDeliveryDocument]
    next: str | None


class ReplayedDocument(Document):
    replayed: int
