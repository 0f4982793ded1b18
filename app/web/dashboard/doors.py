"""Signing in and out, and what somebody may set for themselves."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.domain.errors import FixInput, NotAuthentic
from app.domain.moments import known_zones
from app.domain.users import AT_MOST, name_of
from app.web.context import services
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import TOKEN, me, open_page, page, show
from app.web.dashboard.throttle import Throttle

THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600  # seconds
_log = logging.getLogger(__name__)

doors = Blueprint("doors", __name__)


@doors.get("/sign-in")
@open_page
def sign_in() -> Any:
    """The form; who is signed in already goes on."""
    if g.user is not None:
        return _onward()
    return show("sign_in.html", form=Form())


@doors.post("/sign-in")
@open_page
def begin() -> Any:
    """Let somebody in. A wrong password says no more than that."""
    name, address = name_of(request.form.get("name", "")), request.remote_addr or ""
    throttle = Throttle(services().rate_counts)
    if throttle.is_closed(name, address):
        return _refused(
            "There were too many wrong passwords. Wait five minutes and try again.", 429
        )
    try:
        token = services().sign_ins.begin(name, request.form.get("password", ""))
    except NotAuthentic:
        throttle.wrong(name, address)
        _log.warning("sign_in_refused", extra={"address": address})
        return _refused("Name or password is wrong.", 401)
    throttle.right(name, address)
    session.clear()  # nothing from before is worth anything afterwards
    session[TOKEN] = token
    session.permanent = True
    return _onward()


def _refused(words: str, status: int) -> Any:
    return show("sign_in.html", HTTPStatus(status), form=Form.given(), refused=words)


def _onward() -> Response:
    """To the page that was asked for, if it is one of ours."""
    wanted = request.values.get("to", "")
    ours = wanted.startswith("/dashboard/") and "\\" not in wanted and "//" not in wanted
    target = wanted if ours else url_for("dashboard.home")
    return redirect(target, HTTPStatus.SEE_OTHER)


@doors.post("/sign-out")
@page()
def sign_out() -> Response:
    services().sign_ins.end(session[TOKEN])
    session.clear()
    flash("You are signed out.", "good")
    return redirect(url_for("dashboard.doors.sign_in"), HTTPStatus.SEE_OTHER)


@doors.post("/theme")
@open_page
def theme() -> Response:
    """Light, dark, or as the system has it; kept in a cookie of the browser."""
    chosen = request.form.get("theme", "")
    answer = redirect(_back(), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        "theme",
        chosen if chosen in THEMES else THEMES[0],
        max_age=_YEAR,
        path="/dashboard",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _back() -> str:
    """The page that the form stood on."""
    came_from = request.form.get("from", "")
    return came_from if came_from.startswith("/dashboard/") else url_for("dashboard.home")


@doors.get("/account")
@page()
def account() -> Any:
    """One's own password and time zone."""
    return _account(Form())


@doors.post("/account/password")
@page()
def change_password() -> Any:
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        services().sign_ins.change_password(session[TOKEN], me(), old, new)
    except FixInput as error:
        return _account(Form().with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("Your password is changed, and your other browsers are signed out.", "good")
    return redirect(url_for(".account"), HTTPStatus.SEE_OTHER)


@doors.post("/account/zone")
@page()
def change_zone() -> Any:
    try:
        services().users.set_zone(me().name, request.form.get("time_zone", "").strip() or None)
    except FixInput as error:
        return _account(Form.given().with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("Times are now shown in the zone that you chose.", "good")
    return redirect(url_for(".account"), HTTPStatus.SEE_OTHER)


def _account(form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    zones = sorted(zone for zone in known_zones() if "/" in zone)
    return show("account.html", status, form=form, zones=zones, days=AT_MOST.days)
