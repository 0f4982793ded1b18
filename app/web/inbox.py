"""The inbox over HTTP."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from flask_openapi import Tag
from pydantic import AfterValidator, AwareDatetime, Field

from app.domain.message import MessageKind, MessageStatus
from app.domain.scopes import Scope
from app.storage.idempotency import Reservation
from app.storage.message_list import StoredMessage
from app.storage.threads import Said, Thread
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint, Document
from app.web.documents import BODY, SECURED, MessageDocument, answers
from app.web.idempotency import once
from app.web.schemas import MAX_PAGE, Body, Cursor, KeyHeader, Query, sendable
from app.web.timelines import NumberPath
from app.web.views import time_text

inbox = APIBlueprint(
    "inbox", __name__, url_prefix="/api/inbox", abp_tags=[Tag(name="inbox")], abp_security=SECURED
)
guard(inbox, Scope.SEND)
inbox.before_request(require_json)


class InboxQuery(Query):
    """A page of threads, the newest first."""

    before: Cursor | None = Field(None, description="Only threads older than this place.")
    unread: bool = Field(default=False, description="Only those with something unread.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class ThreadQuery(Query):
    """A page of one thread, the newest first."""

    before: AwareDatetime | None = Field(None, description="Only what was said before this time.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class ReplyBody(Body):
    """A reply, from the sender that the person texted."""

    text: Annotated[str, AfterValidator(sendable)]


class MarkBody(Body):
    """What a thread is to be marked as."""

    read: bool = Field(strict=True, description="false: its newest text is unread again.")


class ThreadDocument(Document):
    number: str
    place: str = Field(description="Threads are in this order; a cursor.")
    unread: int
    last_text: str
    reading: str = Field(description="How it was understood: opt_out, opt_in, help, other.")
    sender: str = Field(description="The number of yours that was texted.")
    received_at: datetime
    opted_out_at: datetime | None = Field(description="Set: nobody may write to it.")
    campaign_id: str | None = Field(description="The last campaign of that sender before it.")
    campaign_name: str | None


class InboxDocument(Document):
    threads: list[ThreadDocument]
    next: str | None


class SaidDocument(Document):
    at: datetime
    direction: str = Field(description="in: from the person; out: from you.")
    text: str
    sender: str = Field(description="The number or name of yours.")
    message_id: str | None
    kind: MessageKind | None
    status: MessageStatus | None = Field(description="Of a message of yours.")
    reason: str | None
    reading: str | None
    campaign_id: str | None = Field(description="That it belongs to, or that it answers.")
    campaign_name: str | None


class ConversationDocument(Document):
    thread: ThreadDocument
    said: list[SaidDocument]
    next: str | None


@inbox.get("", responses=answers(InboxDocument, 422))
def index(query: InboxQuery) -> Any:
    """What people wrote, by number."""
    found = services().inbox.page(query.before, query.limit, unread=query.unread)
    following = views.following(
        "/api/inbox",
        len(found) == query.limit,
        limit=query.limit,
        unread="true" if query.unread else None,
        before=found[-1].place if found else None,
    )
    return views.page("threads", [_thread(each) for each in found], following)


@inbox.get("/<number>", responses=answers(ConversationDocument, 404, 422))
def show(path: NumberPath, query: ThreadQuery) -> Any:
    """What was said with one number: its texts and every message to it."""
    found = services().inbox.conversation(path.number, query.before, query.limit)
    following = views.following(
        f"/api/inbox/{path.number}",
        len(found.said) == query.limit,
        limit=query.limit,
        before=time_text(found.said[-1].at) if found.said else None,
    )
    return {"thread": _thread(found.thread), **views.page("said", _said(found.said), following)}


@inbox.post("/<number>/replies", responses=answers(MessageDocument, 202, *BODY, 404, 409))
def reply(path: NumberPath, header: KeyHeader, body: ReplyBody) -> Any:
    """Queue a reply; 409 with the reason when the person has opted out."""

    def work(reservation: Reservation | None) -> Any:
        return told(services().inbox.reply(path.number, body.text, actor(), reservation))

    def told(message: StoredMessage) -> Any:
        return views.message(message), HTTPStatus.ACCEPTED

    return once(header.key, work, lambda known: told(services().messages.find(known)))


@inbox.post("/<number>/read", responses=answers(ThreadDocument, 200, *BODY, 404))
def mark(path: NumberPath, body: MarkBody) -> Any:
    """Mark a thread as read or unread."""
    return _thread(services().inbox.mark(path.number, is_read=body.read))


def _thread(thread: Thread) -> dict[str, Any]:
    return {
        "number": thread.number,
        "place": thread.place,
        "unread": thread.unread,
        "last_text": thread.text,
        "reading": thread.reading,
        "sender": thread.sender,
        "received_at": time_text(thread.received_at),
        "opted_out_at": time_text(thread.opted_out_at),
        "campaign_id": thread.campaign_id,
        "campaign_name": thread.campaign_name,
    }


def _said(entries: list[Said]) -> list[dict[str, Any]]:
    names = ("text", "sender", "message_id", "kind", "status", "reason", "reading")
    return [
        {
            "at": time_text(each.at),
            "direction": "in" if each.is_theirs else "out",
            **{name: getattr(each, name) for name in names},
            "campaign_id": each.campaign_id,
            "campaign_name": each.campaign_name,
        }
        for each in entries
    ]
