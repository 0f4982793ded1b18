"""One number: who it is, what they agreed to, and why they did or did not get a text."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError

from app.domain.errors import FixInput, InvalidNumber, Mistake, NotFound
from app.domain.phone import PhoneNumber, read_number
from app.domain.users import Role
from app.storage.contact_pages import Search, StoredContact
from app.web.consent_pages import printable
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked
from app.web.dashboard.consent_form import record
from app.web.dashboard.contacts import known, plain
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.navigation import link
from app.web.dashboard.wording import zone

numbers = Blueprint("numbers", __name__, url_prefix="/numbers")

_VERDICTS = 20


@numbers.get("")
@page()
def search() -> Any:
    """From a number, as people write it, to all that is known of it; or from a name."""
    text = asked("q")
    try:
        if text:
            return redirect(url_for(".find", number=read_number(text)), HTTPStatus.SEE_OTHER)
    except InvalidNumber as error:
        found = services().contacts.page(Search(plain(text)), "", SHOWN)
        form = Form({"q": text}, {} if found else {"q": f"{error}; and nobody has such a name"})
        return show("number_search.html", form=form, contacts=found)
    return show("number_search.html", form=Form(), contacts=())


@numbers.get("/<number>")
@page()
def find(number: str) -> Any:
    """Everything about a number."""
    return _shown(known(number), Form())


def _shown(number: PhoneNumber, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    told = services().timelines.of(number)
    skip = request.args.get("skip", 0, int)
    skip = skip if 0 < skip < len(told.entries) else 0
    end = len(told.entries) - skip
    contact = _contact(number)
    return show(
        "number.html",
        status,
        number=number,
        contact=contact,
        lists=services().contact_lists.of(number) if contact else (),
        consent=services().consents.of(number),
        timeline=told,
        verdicts=told.summary[: -_VERDICTS - 1 : -1],
        entries=told.entries[max(0, end - SHOWN) : end][::-1],
        older=url_for(".find", number=number, skip=skip + SHOWN) if end > SHOWN else None,
        is_first=not skip,
        form=form,
        inbox=link("inbox.find", number=number),
    )


def _contact(number: PhoneNumber) -> StoredContact | None:
    try:
        return services().contacts.find(number)
    except NotFound:
        return None


@numbers.get("/<number>/consent")
@page()
def proof(number: str) -> Any:
    """The proof of consent, to print."""
    return printable(services().consents.of(known(number)), zone())


@numbers.post("/<number>/opt-out")
@page(Role.SENDER)
def opt_out(number: str) -> Any:
    """Record that the person does not want to hear from us."""
    words = "The number is opted out. Nothing more is sent to it, and what waited is skipped."
    return _record(known(number), "opt_out", words)


@numbers.post("/<number>/opt-in")
@page(Role.SENDER)
def opt_in(number: str) -> Any:
    """Record that the person agreed, with what proves it."""
    return _record(known(number), "opt_in", "The opt-in is recorded with its proof.")


def _record(number: PhoneNumber, event: str, words: str) -> Any:
    form = Form.given()
    try:
        record(number, event, form)
    except ValidationError as error:
        return _shown(number, form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except FixInput as error:
        wrong = form.with_mistakes(_at_form(error))
        return _shown(number, wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(words, "good")
    return redirect(url_for(".find", number=number), HTTPStatus.SEE_OTHER)


def _at_form(error: FixInput) -> FixInput:
    """Mistakes at fields, and the one about an opt-out beside the box that answers it."""
    found = [(each.pointer.removeprefix("/consents/0"), each.detail) for each in error.mistakes]
    box = "opted out before: tick this if the person agreed again since then"
    return FixInput(
        [
            Mistake("/after_opt_out", box if "after_opt_out" in words else words)
            if not pointer
            else Mistake(pointer, words)
            for pointer, words in found
        ]
    )


@numbers.post("/<number>/erase")
@page(Role.ADMIN)
def erase(number: str) -> Any:
    """Forget the person for good, once the number was typed."""
    whom, form = known(number), Form.given()
    if plain(form.value("typed")) != plain(whom):
        wrong = FixInput([Mistake("/typed", f"must be {whom}: nothing was erased")])
        return _shown(whom, form.with_mistakes(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    services().erasures.erase(whom, actor())
    flash("Erased: all that named the person is gone, and the number is not texted again.", "good")
    return redirect(url_for("dashboard.contacts.index"), HTTPStatus.SEE_OTHER)
