"""Audiences: rules that choose contacts, put together by hand and counted while they are."""

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, FixInput
from app.domain.rule_form import RuleForm, Written, form_of, rule_of
from app.domain.users import Role
from app.storage.audiences import StoredAudience
from app.web.contact_schemas import NewAudience
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.rule_fields import HOW_WORDS, OTHER, WHATS, done, read
from app.web.schemas import MAX_PAGE

audiences = Blueprint("audiences", __name__, url_prefix="/audiences")

_SAMPLE = 5
_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@audiences.get("")
@page()
def index() -> Any:
    """Saved ones, in the order they were made."""
    found, last = cut(services().audiences.page(asked("after"), SHOWN + 1))
    more = url_for(".index", after=last.id) if last else None
    return show("audiences.html", audiences=found, more=more)


@audiences.get("/new")
@page(Role.SENDER)
def new() -> Any:
    return _builder(Form(), RuleForm())


@audiences.get("/<audience_id>")
@page()
def find(audience_id: str) -> Any:
    """One of them in the builder. Whom it chooses now is counted once the page is there."""
    saved = services().audiences.find(audience_id)
    form = Form({"name": saved.name, "rule": json.dumps(saved.rule, ensure_ascii=False, indent=2)})
    rule = saved.rule if asked("count") else None
    return _builder(form, form_of(saved.rule), saved, rule=rule, is_counted_later=rule is None)


@audiences.get("/<audience_id>/count")
@page()
def saved_count(audience_id: str) -> Any:
    """How many a saved one chooses and whom, as a part of the page."""
    saved = services().audiences.find(audience_id)
    return show("audience_count.html", **_chosen(saved.rule))


@audiences.post("/builder")
@page(Role.SENDER)
def build() -> Any:
    """One step in a new audience: another row, one less, or only counted."""
    return _step(None)


@audiences.post("/<audience_id>/builder")
@page(Role.SENDER)
def rebuild(audience_id: str) -> Any:
    """The same in one that is saved."""
    return _step(services().audiences.find(audience_id))


def _step(saved: StoredAudience | None) -> Any:
    form = Form.given()
    built = done(read(form.values), form.value("do")) if "rule" not in form.values else None
    return _builder(form, built, saved, rule=_told(form) if built is None else rule_of(built).rule)


@audiences.post("/count")
@page(Role.SENDER)
def live_count() -> Any:
    """How many and whom, as a part of the page."""
    form = Form.given()
    written = rule_of(read(form.values))
    return show("audience_count.html", **_chosen(written.rule))


@audiences.post("")
@page(Role.SENDER)
def create() -> Any:
    return _save(None)


@audiences.post("/<audience_id>")
@page(Role.SENDER)
def change(audience_id: str) -> Any:
    return _save(services().audiences.find(audience_id))


def _save(saved: StoredAudience | None) -> Any:
    form = Form.given()
    built = None if "rule" in form.values else read(form.values)
    written = Written(_told(form)) if built is None else rule_of(built)
    try:
        body = NewAudience.model_validate({"name": form.value("name"), "rule": written.rule})
        if saved is None:
            saved = services().audiences.add(body.name, body.rule, actor())
        else:
            saved = services().audiences.change(saved.id, body.name, body.rule, actor())
    except (ValidationError, FixInput) as error:
        return _builder(_beside(form.with_mistakes(error), written), built, saved, _WRONG)
    except Conflict as error:
        return _builder(form.with_conflict("name", error), built, saved, _WRONG)
    flash(f"The audience {saved.name} is saved.", "good")
    return redirect(url_for(".find", audience_id=saved.id), HTTPStatus.SEE_OTHER)


@audiences.post("/<audience_id>/delete")
@page(Role.SENDER)
def remove(audience_id: str) -> Response:
    services().audiences.remove(audience_id, actor())
    flash("The audience is deleted; its contacts are still there.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


def _builder(
    form: Form,
    built: RuleForm | None,
    saved: StoredAudience | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    rule: Any = None,
    *,
    is_counted_later: bool = False,
) -> Any:
    chosen = {} if rule is None else _chosen(rule)
    if built is not None and chosen.get("error") is not None:
        form = _beside(form.with_mistakes(chosen["error"]), rule_of(built))
    return show(
        "audience.html",
        status,
        form=form,
        built=built,
        saved=saved,
        whats=WHATS,
        hows=HOW_WORDS,
        other=OTHER,
        lists=services().contact_lists.page("", MAX_PAGE),
        is_counted_later=is_counted_later,
        **chosen,
    )


def _chosen(rule: Any) -> dict[str, Any]:
    """How many contacts the rule chooses and a few of them, or what is wrong with it."""
    try:
        total, sample = services().audiences.look(rule, _SAMPLE)
    except FixInput as error:
        return {"error": error}
    return {"total": total, "sample": sample}


def _told(form: Form) -> Any:
    """A rule that was typed as JSON; what is none is refused like any other mistake."""
    try:
        told = json.loads(form.value("rule"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _beside(form: Form, written: Written) -> Form:
    """Mistakes in the rule beside the row that they are about."""
    errors = {}
    for name, words in form.errors.items():
        at = written.row_at(f"/{name}".removeprefix("/rule")) if name.startswith("rule") else None
        errors[f"g{at[0]}-r{at[1]}" if at else name] = words
    return Form(form.values, errors)
