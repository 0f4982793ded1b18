"""API keys: who may call the service from a program, and until when."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import FixInput
from app.domain.scopes import MEANING, Scope
from app.domain.users import Role
from app.services.keys import NewKey
from app.web.context import services
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.wording import zone
from app.web.keys import NewKeyBody

api_keys = Blueprint("api_keys", __name__, url_prefix="/api-keys")


@api_keys.get("")
@page(Role.ADMIN)
def index() -> Any:
    """Every key that there is or was, and the form for one more."""
    return _page(Form())


@api_keys.post("")
@page(Role.ADMIN)
def create() -> Any:
    """Make a key, and show its secret this once."""
    form = Form.given()
    try:
        made = services().keys.create(_body(form).wish(), actor())
    except (ValidationError, FixInput) as error:
        return _page(form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _page(Form(), made=made)


@api_keys.post("/<key_id>/revoke")
@page(Role.ADMIN)
def revoke(key_id: str) -> Response:
    """End a key at once."""
    ended = services().keys.revoke(key_id, actor())
    flash(f"The key {ended.name} is revoked. Whoever calls with it is refused from now on.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


def _page(form: Form, status: HTTPStatus = HTTPStatus.OK, made: NewKey | None = None) -> Any:
    return show(
        "api_keys.html",
        status,
        form=form,
        made=made,
        keys=services().keys.all(),
        queued=services().keys.queued_today(),
        now=datetime.now(zone()),
        scopes=MEANING,
    )


def _body(form: Form) -> NewKeyBody:
    return NewKeyBody.model_validate(
        {
            "name": form.value("name"),
            "scopes": [str(scope) for scope in Scope if form.value(f"scope-{scope}")],
            "test": bool(form.value("test")),
            "expires_at": _end_of(form.value("expires_at")),
            "requests_per_minute": _count(form.value("requests_per_minute")),
            "messages_per_day": _count(form.value("messages_per_day")),
        }
    )


def _end_of(text: str) -> str | None:
    """The end of a day in the reader's zone; what is no day is left to be refused."""
    try:
        day = date.fromisoformat(text) + timedelta(days=1)
        return datetime.combine(day, time(), zone()).isoformat()
    except (ValueError, OverflowError):
        return text or None


def _count(text: str) -> int | str | None:
    return int(text) if text.isascii() and text.isdecimal() else text or None
