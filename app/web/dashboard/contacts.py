"""Contacts: found, filtered, written down, changed, put on lists."""

import re
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domain.contact import OnExisting
from app.domain.errors import FixInput, InvalidNumber, NotFound
from app.domain.phone import PhoneNumber, read_number
from app.domain.users import Role
from app.storage.contact_pages import Search
from app.web.context import services
from app.web.csv_answers import csv_answer
from app.web.dashboard.asked import SHOWN, asked, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.person_form import by_field, changes, filled, told
from app.web.schemas import MAX_PAGE

contacts = Blueprint("contacts", __name__, url_prefix="/contacts")

_NUMBERLIKE = re.compile(r"[\d\s().+/-]+")


@contacts.get("")
@page()
def index() -> Any:
    """All, or those that fit what was asked, by number."""
    filters = {name: asked(name) for name in ("q", "tag", "list")}
    named: dict[str, Any] = {name: text for name, text in filters.items() if text}
    search = Search(plain(filters["q"]) or None, filters["tag"] or None, filters["list"] or None)
    found, last = cut(services().contacts.page(search, asked("after"), SHOWN + 1))
    return show(
        "contacts.html",
        contacts=found,
        filters=filters,
        form=Form(filters),
        lists=services().contact_lists.page("", MAX_PAGE),
        more=url_for(".index", after=last.person.number, **named) if last else None,
        newest=url_for(".index", **named) if asked("after") else None,
    )


def plain(text: str) -> str:
    """A number as people write it, without what is only there to be read."""
    return re.sub(r"\D", "", text) if _NUMBERLIKE.fullmatch(text) else text


@contacts.get("/new")
@page(Role.SENDER)
def new() -> Any:
    return _form(Form())


@contacts.post("")
@page(Role.SENDER)
def create() -> Any:
    form = Form.given()
    try:
        person = {"number": form.value("number"), **told(form)}
        services().contacts.keep([person], OnExisting.REFUSE, actor())
    except FixInput as error:
        return _form(form.with_mistakes(by_field(error)), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("The contact is kept.", "good")
    return _to(read_number(form.value("number")))


@contacts.get("/<number>/edit")
@page(Role.SENDER)
def edit(number: str) -> Any:
    return _form(filled(services().contacts.find(known(number)).person), number=known(number))


@contacts.post("/<number>/edit")
@page(Role.SENDER)
def change(number: str) -> Any:
    form, whom = Form.given(), known(number)
    try:
        old = services().contacts.find(whom).person
        services().contacts.change(whom, changes(form, old), actor())
    except FixInput as error:
        wrong = form.with_mistakes(by_field(error))
        return _form(wrong, HTTPStatus.UNPROCESSABLE_ENTITY, whom)
    flash("The contact is changed.", "good")
    return _to(whom)


@contacts.post("/<number>/forget")
@page(Role.SENDER)
def forget(number: str) -> Response:
    """Delete the contact; what was sent stays, and so does an opt-out."""
    services().contacts.forget(known(number), actor())
    flash("The contact is deleted. What was sent to the number stays on record.", "good")
    return _to(known(number))


@contacts.post("/on-list")
@page(Role.SENDER)
def put_on_list() -> Response:
    """Put the ticked contacts on a list."""
    numbers = [known(each) for each in request.form.getlist("number")]
    back = redirect(url_for(".index", q=request.form.get("q")), HTTPStatus.SEE_OTHER)
    if not numbers or not request.form.get("list"):
        flash("Tick the contacts first, and choose a list.", "warn")
        return back
    put = services().contact_lists.put_on(request.form["list"], numbers, actor())
    flash(f"They are on the list {put.name}, which has {put.contact_count:,} contacts now.", "good")
    return back


@contacts.get("/contacts.csv")
@page()
def export() -> Response:
    """Every contact, as a file that can be imported again."""
    table = services().exports.contacts()
    return csv_answer("contacts.csv", table.header, table.rows)


def known(number: str) -> PhoneNumber:
    """The number of an address; raises NotFound for what is none."""
    try:
        return read_number(number)
    except InvalidNumber as error:
        raise NotFound(f"this is no telephone number: it {error}") from None


def _form(form: Form, status: HTTPStatus = HTTPStatus.OK, number: str | None = None) -> Any:
    return show("contact_form.html", status, form=form, number=number)


def _to(number: PhoneNumber) -> Response:
    return redirect(url_for("dashboard.numbers.find", number=number), HTTPStatus.SEE_OTHER)
