"""Senders: how fast they go, how they speak of themselves, who answers STOP."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.domain.errors import FixInput, InvalidNumber, NotFound
from app.domain.sender import read_sender
from app.domain.users import Role
from app.web.context import services
from app.web.dashboard import sender_forms
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show

senders = Blueprint("senders", __name__, url_prefix="/senders")


@senders.get("")
@page()
def index() -> Any:
    """Every sender, with its pace."""
    return show("senders.html", senders=services().senders.states())


@senders.get("/new")
@page(Role.ADMIN)
def new() -> Any:
    """An empty form."""
    return show("sender.html", name=None, state=None, form=Form())


@senders.post("/new")
@page(Role.ADMIN)
def create() -> Any:
    """Make a sender, with all that is decided for it."""
    form = Form.given()
    try:
        name = read_sender(form.value("name"))
    except InvalidNumber as error:
        mistaken = Form(form.values, {"name": str(error)})
        return _again(None, mistaken)
    return _save(name, form, None)


@senders.get("/<name>")
@page()
def find(name: str) -> Any:
    """One sender; those who are no admin see it, and cannot change it."""
    sender = _known(name)
    state = next((each for each in services().senders.states() if each.name == sender), None)
    consent, texts = services().sender_consents.of(sender), services().sender_texts.of(sender)
    form = sender_forms.filled(state, consent, texts)
    return show("sender.html", name=sender, state=state, form=form)


@senders.post("/<name>")
@page(Role.ADMIN)
def change(name: str) -> Any:
    """Let this hold from now on."""
    sender = _known(name)
    return _save(sender, Form.given(), sender)


def _known(name: str) -> str:
    try:
        return read_sender(name)
    except InvalidNumber as error:
        raise NotFound(f"{name} {error}") from None


def _save(sender: str, form: Form, shown_as: str | None) -> Any:
    try:
        rate, consent, texts, registration = sender_forms.read(form)
        services().sender_consents.put(sender, consent, actor())
    except FixInput as error:
        return _again(shown_as, form.with_mistakes(sender_forms.by_field(error)))
    services().sender_texts.put(sender, texts, actor())
    services().senders.set_rate(sender, rate, actor())
    services().senders.register(sender, registration, actor())
    return _done(sender)


def _again(name: str | None, form: Form) -> Any:
    return show("sender.html", HTTPStatus.UNPROCESSABLE_ENTITY, name=name, state=None, form=form)


def _done(sender: str) -> Response:
    flash(f"{sender} is saved. It holds from the next message on.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)
