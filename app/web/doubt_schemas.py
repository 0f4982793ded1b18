"""Doubts and second tries: what clients send, and the answers as they are described."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.domain.doubts import Answer
from app.domain.message import MessageStatus
from app.web.described import Document
from app.web.schemas import MAX_PAGE, Body, Cursor, Query

_Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class ResolveDoubt(Body):
    """What became of messages in doubt, or what is to become of them."""

    as_: Answer = Field(
        alias="as",
        description="sent: never send it again. not_sent: it failed. resend: send it once more.",
    )
    confirm: bool = Field(
        default=False, description="People may be texted twice: needed for resend."
    )
    note: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        None, description="Why, or how you know: kept with the messages and in the audit trail."
    )


class RetryFailed(Body):
    """Which failures to try again."""

    codes: list[_Code] | None = Field(
        None,
        description='Only these error codes; "given up" is what was given up by Carillon itself.',
    )
    confirm: bool = Field(
        default=False, description="Also long texts that were rejected and may have arrived."
    )


class AuditQuery(Query):
    """A page of the audit trail, the newest first."""

    subject: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")] | None = Field(
        None, description="Only what was done to the campaign or message with this id."
    )
    before: Cursor | None = Field(None, description="Only events older than this id.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class ResolvedDocument(Document):
    resolved: int
    remaining: int


class FailureDocument(Document):
    status: MessageStatus
    code: str | None
    messages: int
    retried: bool
    reason: str | None = Field(description="Why they are not tried again.")


class RetriedDocument(Document):
    retried: int
    left_out: int
    remaining: int = Field(description="To be tried again by another call.")
    by_code: list[FailureDocument]


class SubjectDocument(Document):
    kind: str
    id: str


class AuditEventDocument(Document):
    id: str
    at: datetime
    actor: str
    action: str
    subject: SubjectDocument
    details: dict[str, Any]


class AuditDocument(Document):
    events: list[AuditEventDocument]
    next: str | None
