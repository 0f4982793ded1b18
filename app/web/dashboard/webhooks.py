"""Outgoing webhooks: whom we tell of what happens, what became of it, and telling it again."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, FixInput, NotFound
from app.domain.hooks import CHOICES, ENDED, HookEvent, HookStatus, HookWish
from app.domain.users import Role
from app.services.hooks import HookChange, NewHook
from app.web.context import services
from app.web.dashboard.asked import SHOWN, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.wording import zone

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks")

_MEANING = {
    HookEvent.CAMPAIGN_FINISHED: "nothing of a campaign is queued or being sent any more",
    HookEvent.MESSAGE_FINAL: "a message was delivered, refused, or not sent for good",
    HookEvent.REPLY_RECEIVED: "somebody texted one of your numbers",
    HookEvent.OPTED_OUT: "a number is not to be written to any more",
}
_BACK = (1, 6, 24, 24 * 7)  # hours that can be told again
_ENDS = {"given_up": frozenset({HookStatus.GIVEN_UP}), "all": ENDED}


@webhooks.get("")
@page(Role.ADMIN)
def index() -> Any:
    """Every endpoint, and the form for one more."""
    return _list(Form())


@webhooks.post("")
@page(Role.ADMIN)
def create() -> Any:
    """Make an endpoint, and show its secret this once."""
    form = Form.given()
    events = frozenset(event for event in CHOICES if form.value(f"event-{event}"))
    try:
        wish = HookWish(form.value("url"), events, form.value("name"))
        made = services().hooks.create(wish, actor())
    except FixInput as error:
        return _list(form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _list(Form(), made=made)


@webhooks.get("/<endpoint_id>")
@page(Role.ADMIN)
def find(endpoint_id: str) -> Any:
    """One endpoint, and what was told to it, the newest first."""
    return _one(endpoint_id)


@webhooks.post("/<endpoint_id>/rotate")
@page(Role.ADMIN)
def rotate(endpoint_id: str) -> Any:
    """A new secret, shown this once."""
    return _one(endpoint_id, services().hooks.rotate(endpoint_id, actor()))


@webhooks.post("/<endpoint_id>/test")
@page(Role.ADMIN)
def test(endpoint_id: str) -> Response:
    """Queue a made-up event."""
    try:
        services().hooks.test(endpoint_id)
        flash("A made-up event, webhook.test, is on its way. Load the page again to see.", "good")
    except Conflict as error:
        flash(f"{error}".capitalize(), "bad")
    return _back(endpoint_id)


@webhooks.post("/<endpoint_id>/switch")
@page(Role.ADMIN)
def switch(endpoint_id: str) -> Response:
    """Call it again, or no more."""
    is_on = Form.given().value("on") == "yes"
    services().hooks.change(endpoint_id, HookChange(is_enabled=is_on), actor())
    flash("It is called again." if is_on else "It is called no more.", "good")
    return _back(endpoint_id)


@webhooks.post("/<endpoint_id>/remove")
@page(Role.ADMIN)
def remove(endpoint_id: str) -> Response:
    """Forget it, with its secret and its deliveries."""
    services().hooks.remove(endpoint_id, actor())
    flash("The endpoint is removed.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


@webhooks.post("/<endpoint_id>/deliveries/<delivery_id>/replay")
@page(Role.ADMIN)
def replay(endpoint_id: str, delivery_id: str) -> Response:
    """Tell it once more."""
    if not re.fullmatch(r"[0-9]{1,18}", delivery_id):
        raise NotFound("there is no such delivery")
    try:
        services().hooks.replay(endpoint_id, int(delivery_id), actor())
        flash("It is told once more, under the same id.", "good")
    except Conflict as error:
        flash(f"{error}".capitalize(), "bad")
    return _back(endpoint_id)


@webhooks.post("/<endpoint_id>/replay")
@page(Role.ADMIN)
def replay_since(endpoint_id: str) -> Response:
    """Tell once more what happened in the last hours."""
    form = Form.given()
    hours = int(form.value("hours")) if form.value("hours") in map(str, _BACK) else _BACK[0]
    statuses = _ENDS.get(form.value("which"), _ENDS["given_up"])
    since = datetime.now(zone()) - timedelta(hours=hours)
    count = services().hooks.replay_since(endpoint_id, since, statuses, actor())
    flash(f"To be told once more: {count}.", "good")
    return _back(endpoint_id)


def _back(endpoint_id: str) -> Response:
    return redirect(url_for(".find", endpoint_id=endpoint_id), HTTPStatus.SEE_OTHER)


def _list(form: Form, status: HTTPStatus = HTTPStatus.OK, made: NewHook | None = None) -> Any:
    endpoints = services().hooks.all()
    return show("webhooks.html", status, form=form, made=made, endpoints=endpoints, events=_MEANING)


def _one(endpoint_id: str, made: NewHook | None = None) -> Any:
    status = request.args.get("status", "")
    wanted = HookStatus(status) if status in set(HookStatus) else None
    before = request.args.get("before", type=int)
    found = services().hooks.deliveries(endpoint_id, wanted, before, SHOWN + 1)
    shown, last = cut(found)
    return show(
        "webhook.html",
        endpoint=services().hooks.find(endpoint_id),
        made=made,
        deliveries=shown,
        older=url_for(".find", endpoint_id=endpoint_id, status=wanted, before=last.id)
        if last
        else None,
        newest=url_for(".find", endpoint_id=endpoint_id, status=wanted) if before else None,
        chosen=wanted,
        statuses=list(HookStatus),
        back=_BACK,
    )
