"""Consent over HTTP: the answers as they are described."""

from datetime import datetime

from pydantic import Field

from app.domain.consent_ledger import ConsentKind, ConsentState
from app.domain.sender_consent import ManagedBy
from app.web.described import Document


class RecordedDocument(Document):
    number: str
    event_id: str
    event: ConsentKind
    state: ConsentState
    changed: bool


class RecordedsDocument(Document):
    results: list[RecordedDocument]


class ConsentEventDocument(Document):
    id: str
    place: int
    event: ConsentKind
    method: str
    scope: str
    wording: str | None
    wording_version: str | None
    at: datetime
    expires_at: datetime | None
    ip: str | None
    user_agent: str | None
    actor: str | None
    inbound_uuid: str | None = Field(description="Vonage's id of the text that said so.")
    message_id: str | None
    source_file: str | None
    source_row: int | None
    evidence_url: str | None
    seal: str = Field(description="Over this row and the seal of the one before.")


class ConsentDocument(Document):
    number: str
    state: ConsentState
    since: datetime | None
    expires_at: datetime | None
    expired: bool = Field(description="Has the opt-in run out?")
    chain: str | None
    events: list[ConsentEventDocument]
    shown_at: datetime


class OptOutDocument(Document):
    event_id: str
    number: str | None = Field(description="null: erased.")
    at: datetime
    method: str
    wording: str | None


class OptOutsDocument(Document):
    opt_outs: list[OptOutDocument]
    next: str | None


class ReviewsDocument(Document):
    reviews: list[OptOutDocument]
    next: str | None


class SettledDocument(Document):
    event_id: str
    as_: str = Field(alias="as")


class SenderConsentDocument(Document):
    sender: str
    programme_name: str
    support_contact: str | None
    frequency: str | None
    opt_out_text: str | None = Field(description="null: nothing is answered.")
    opt_in_text: str
    help_text: str
    opt_out_managed_by: ManagedBy
    opt_out_words: list[str]
    help_words: list[str]
    opt_in_words: list[str]
