"""The inbox: what people wrote, and the box to reply."""

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict
from app.domain.ids import is_id
from app.domain.users import Role
from app.services.idempotency import key_id
from app.services.inbox import Conversation
from app.storage.idempotency import Reservation
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked_id, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.idempotency import carried_out
from app.web.inbox import ReplyBody

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")


@inbox.get("")
@page()
def index() -> Any:
    """Threads, the newest first; or the unread ones alone."""
    before, unread = asked_id("before"), "unread" in request.args
    found, last = cut(services().inbox.page(before, SHOWN + 1, unread=unread))
    only = "1" if unread else None
    older = url_for(".index", before=last.place, unread=only) if last else None
    newest = url_for(".index", unread=only) if before else None
    return show("inbox.html", threads=found, unread=unread, older=older, newest=newest)


@inbox.get("/<number>")
@page()
def find(number: str) -> Any:
    """One thread, with a fresh key for the reply that may follow."""
    found = services().inbox.conversation(number, _moment(request.args.get("before")), SHOWN)
    return _thread(found, Form({"key": str(uuid4()), "text": ""}))


def _thread(found: Conversation, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    number = found.thread.number
    full = len(found.said) == SHOWN
    before = found.said[-1].at.isoformat() if full else None
    older = url_for(".find", number=number, before=before) if before else None
    newest = url_for(".find", number=number) if "before" in request.args else None
    return show(
        "thread.html",
        status,
        thread=found.thread,
        said=found.said,
        form=form,
        older=older,
        newest=newest,
    )


@inbox.post("/<number>/replies")
@page(Role.SENDER)
def reply(number: str) -> Any:
    """Queue a reply: once, however often the button is pressed."""
    form = Form.given()
    try:
        _reply_once(number, ReplyBody(text=form.value("text")).text, form.value("key"))
    except ValidationError as error:
        return _again(number, form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as error:
        mistaken = Form(form.values, {"text": f"Not sent: {error}."})
        return _again(number, mistaken, HTTPStatus.CONFLICT)
    flash("The reply is on its way.", "good")
    return _back_to(number)


def _reply_once(number: str, text: str, key: str) -> None:
    if not is_id(key):  # a form that is not ours has no claim to be sent once
        services().inbox.reply(number, text, actor())
        return
    stored_as = key_id(actor(), request.path, key)
    found = services().idempotency.begin(stored_as, hashlib.sha256(text.encode()).hexdigest())
    if isinstance(found, Reservation):
        carried_out(found, lambda mine: services().inbox.reply(number, text, actor(), mine))


def _again(number: str, form: Form, status: HTTPStatus) -> Any:
    return _thread(services().inbox.conversation(number, None, SHOWN), form, status)


@inbox.post("/<number>/read")
@page(Role.SENDER)
def mark(number: str) -> Any:
    """Mark a thread as read or unread."""
    is_read = request.form.get("read") == "yes"
    services().inbox.mark(number, is_read=is_read)
    flash("Marked as read." if is_read else "Marked as unread.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


def _back_to(number: str) -> Response:
    return redirect(url_for(".find", number=number), HTTPStatus.SEE_OTHER)


def _moment(text: str | None) -> datetime | None:
    """A time of our own links; anything else means: from the newest on."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
