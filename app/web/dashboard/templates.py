"""Saved templates: written, changed by new versions, tried on a contact, archived."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict
from app.domain.unicode_cost import in_plain
from app.domain.users import Role
from app.services.templates import TemplateState
from app.web.context import options, services
from app.web.dashboard.asked import SHOWN, asked, asked_id, cut
from app.web.dashboard.counting import ALPHABET, cost_shown
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.text_bodies import NewTemplate, ReviseTemplate

templates = Blueprint("templates", __name__, url_prefix="/templates")

_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@templates.get("")
@page()
def index() -> Any:
    """Those in use, or the archived ones, the newest first."""
    before, archived = asked_id("before"), "archived" in request.args
    found, last = cut(services().templates.page(before, SHOWN + 1, archived=archived))
    only = "1" if archived else None
    older = url_for(".index", before=last.id, archived=only) if last else None
    newest = url_for(".index", archived=only) if before else None
    return show("templates.html", templates=found, archived=archived, older=older, newest=newest)


@templates.get("/new")
@page(Role.SENDER)
def new() -> Any:
    return _page(Form())


@templates.post("/new")
@page(Role.SENDER)
def create() -> Any:
    form = Form.given("text")
    if form.value("do"):
        return _page(_plain(form))
    try:
        body = NewTemplate.model_validate(_told(form))
    except ValidationError as error:
        return _page(form.with_mistakes(error), status=_WRONG)
    made = services().templates.create(body.name, body.text, actor())
    flash("The template is kept. See below how somebody would read it.", "good")
    return _to(made)


@templates.get("/<template_id>")
@page()
def find(template_id: str) -> Any:
    """One with its versions: what it says, or said in an older one that is asked for."""
    state = services().templates.find(template_id)
    wanted = asked("version")
    older = [each for each in state.versions if str(each.version) == wanted]
    text = older[0].text if older else state.template.text
    return _page(Form({"name": state.template.name, "text": text}), state)


@templates.post("/<template_id>")
@page(Role.SENDER)
def revise(template_id: str) -> Any:
    """Let it say this from now on."""
    state, form = services().templates.find(template_id), Form.given("text")
    if form.value("do"):
        return _page(_plain(form), state)
    try:
        body = ReviseTemplate.model_validate(_told(form))
        state = services().templates.revise(template_id, body.name, body.text, actor())
    except ValidationError as error:
        return _page(form.with_mistakes(error), state, _WRONG)
    except Conflict as error:
        return _page(form.with_conflict("text", error), state, HTTPStatus.CONFLICT)
    flash(f"This is version {state.template.version}. Campaigns keep the one they have.", "good")
    return _to(state)


@templates.post("/<template_id>/archive")
@page(Role.SENDER)
def archive(template_id: str) -> Response:
    """Offer it to no new campaign."""
    services().templates.archive(template_id, actor())
    flash("The template is archived. Campaigns that use it keep their text.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


def _plain(form: Form) -> Form:
    """The form with everything replaced in its text that costs too much."""
    return replace(form, values={**form.values, "text": in_plain(form.value("text"))})


def _told(form: Form) -> dict[str, str]:
    return {name: form.value(name) for name in ("name", "text")}


def _page(
    form: Form, state: TemplateState | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Any:
    return show("template.html", status, form=form, state=state, **_tried(form.value("text")))


def _tried(text: str) -> dict[str, Any]:
    """The text as a contact would read it: the one whose number is asked for, or the first."""
    sender, reader = options().sender, services().trials.reader(None, asked("contact"))
    trial = None
    if text and reader:
        trial = services().trials.on(text, reader.contact.person.for_texts(), sender)
    cost = cost_shown(trial.text) if trial else None
    shown = {"reader": reader, "trial": trial, "cost": cost, "sender": sender}
    return {**shown, "counted": cost_shown(text), "alphabet": ALPHABET}


def _to(state: TemplateState) -> Response:
    return redirect(url_for(".find", template_id=state.template.id), HTTPStatus.SEE_OTHER)
