"""Who may use the dashboard: let in, let do more or less, shown the door."""

import secrets
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for

from app.domain.errors import FixInput, Mistake
from app.domain.users import Role
from app.web.context import services
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, me, page, show

_ROLES = {
    Role.VIEWER: "viewer: looks at everything",
    Role.SENDER: "sender: writes to people",
    Role.ADMIN: "admin: decides who may",
}

users = Blueprint("users", __name__, url_prefix="/users")


@users.get("")
@page(Role.ADMIN)
def index() -> Any:
    """Everybody, and the form for one more."""
    return _page(Form({"role": Role.SENDER}))


@users.post("")
@page(Role.ADMIN)
def create() -> Any:
    """Let somebody in with a password that is shown this once."""
    form, password = Form.given(), secrets.token_urlsafe(12)
    try:
        user = services().users.create(form.value("name"), _role(form), password, actor())
    except FixInput as error:
        return _page(form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _page(Form({"role": Role.SENDER}), told=(user.name, password))


@users.post("/<name>/role")
@page(Role.ADMIN)
def set_role(name: str) -> Any:
    user = services().users.set_role(name, _role(Form.given()), actor())
    return _changed(f"{user.name} is now {user.role}.")


@users.post("/<name>/disable")
@page(Role.ADMIN)
def disable(name: str) -> Any:
    user = services().users.disable(name, actor())
    return _changed(f"{user.name} is signed out everywhere and may not sign in.")


@users.post("/<name>/enable")
@page(Role.ADMIN)
def enable(name: str) -> Any:
    return _changed(f"{services().users.enable(name, actor()).name} may sign in again.")


@users.post("/<name>/password")
@page(Role.ADMIN)
def reset(name: str) -> Any:
    """A new password for somebody who forgot theirs, shown this once."""
    password = secrets.token_urlsafe(12)
    services().users.set_password(name, password, actor())
    return _page(Form({"role": Role.SENDER}), told=(name, password))


def _role(form: Form) -> Role:
    try:
        return Role(form.value("role"))
    except ValueError as error:
        raise FixInput([Mistake("/role", "must be viewer, sender or admin")]) from error


def _changed(words: str) -> Any:
    flash(words, "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


def _page(
    form: Form, status: HTTPStatus = HTTPStatus.OK, told: tuple[str, str] | None = None
) -> Any:
    found = services().users.all()
    return show(
        "users.html", status, form=form, told=told, found=found, roles=_ROLES, myself=me().name
    )
