"""Lists of contacts."""

import re
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, FixInput, InvalidNumber, Mistake
from app.domain.phone import PhoneNumber, read_number
from app.domain.users import Role
from app.storage.contact_pages import Search
from app.web.contact_schemas import NewList
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked, cut
from app.web.dashboard.contacts import known
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show

lists = Blueprint("lists", __name__, url_prefix="/lists")

_BETWEEN = re.compile(r"[\n,;]+")
_MOST = 1_000  # numbers that are pasted at once
_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@lists.get("")
@page()
def index() -> Any:
    """All of them, in the order they were made."""
    return _index(Form())


def _index(form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    found, last = cut(services().contact_lists.page(asked("after"), SHOWN + 1))
    more = url_for(".index", after=last.id) if last else None
    return show("lists.html", status, lists=found, form=form, more=more)


@lists.post("")
@page(Role.SENDER)
def create() -> Any:
    form = Form.given()
    try:
        body = _named(form)
        made = services().contact_lists.add(body.name, body.description, actor())
    except (ValidationError, FixInput) as error:
        return _index(form.with_mistakes(error), _WRONG)
    except Conflict as error:
        return _index(form.with_conflict("name", error), _WRONG)
    flash("The list is made. Put contacts on it here, or import a file onto it.", "good")
    return _to(made.id)


@lists.get("/<list_id>")
@page()
def find(list_id: str) -> Any:
    """One of them, with who is on it."""
    return _look(list_id, Form())


def _look(list_id: str, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    found = services().contact_lists.find(list_id)
    members, last = cut(
        services().contacts.page(Search(list_id=found.id), asked("after"), SHOWN + 1)
    )
    more = url_for(".find", list_id=found.id, after=last.person.number) if last else None
    names = {"name": found.name, "description": found.description or ""}
    form = Form({**names, **form.values}, form.errors)
    return show("list.html", status, list=found, members=members, form=form, more=more)


@lists.post("/<list_id>")
@page(Role.SENDER)
def change(list_id: str) -> Any:
    form = Form.given()
    try:
        services().contact_lists.change(list_id, _named(form).model_dump(), actor())
    except (ValidationError, FixInput) as error:
        return _look(list_id, form.with_mistakes(error), _WRONG)
    except Conflict as error:
        return _look(list_id, form.with_conflict("name", error), _WRONG)
    flash("The list is changed.", "good")
    return _to(list_id)


@lists.post("/<list_id>/delete")
@page(Role.SENDER)
def remove(list_id: str) -> Response:
    services().contact_lists.remove(list_id, actor())
    flash("The list is deleted; its contacts are still there.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


@lists.post("/<list_id>/members")
@page(Role.SENDER)
def put_on(list_id: str) -> Any:
    """Put contacts on it whose numbers were pasted."""
    form = Form.given()
    try:
        numbers = _pasted(form.value("numbers"))
        put = services().contact_lists.put_on(list_id, numbers, actor())
    except FixInput as error:
        words = "; ".join(_in_words(each, form.value("numbers")) for each in error.mistakes[:5])
        wrong = FixInput([Mistake("/numbers", words)])
        return _look(list_id, form.with_mistakes(wrong), _WRONG)
    flash(f"The list has {put.contact_count:,} contacts now.", "good")
    return _to(list_id)


@lists.post("/<list_id>/members/remove")
@page(Role.SENDER)
def take_off(list_id: str) -> Response:
    """Take the ticked contacts off it."""
    numbers = [known(each) for each in request.form.getlist("number")]
    left = services().contact_lists.take_off(list_id, numbers, actor())
    flash(f"{len(numbers)} taken off; the list has {left.contact_count:,} contacts now.", "good")
    return _to(list_id)


def _named(form: Form) -> NewList:
    description = form.value("description") or None
    return NewList.model_validate({"name": form.value("name"), "description": description})


def _entries(text: str) -> list[str]:
    return [each.strip() for each in _BETWEEN.split(text) if each.strip()]


def _pasted(text: str) -> list[PhoneNumber]:
    entries = _entries(text)
    if not 0 < len(entries) <= _MOST:
        raise FixInput([Mistake("", f"needs 1 to {_MOST:,} numbers, one on each line")])
    numbers, mistakes = [], []
    for place, each in enumerate(entries):
        try:
            numbers.append(read_number(each))
        except InvalidNumber as error:
            mistakes.append(Mistake(f"/numbers/{place}", str(error)))
    if mistakes:
        raise FixInput(mistakes)
    return numbers


def _in_words(mistake: Mistake, text: str) -> str:
    place = mistake.pointer.removeprefix("/numbers/")
    words = mistake.detail.partition(": POST")[0]
    return f"{_entries(text)[int(place)]} {words}" if place.isdigit() else words


def _to(list_id: str) -> Response:
    return redirect(url_for(".find", list_id=list_id), HTTPStatus.SEE_OTHER)
