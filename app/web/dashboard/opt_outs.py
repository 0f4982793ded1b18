"""Opt-outs: who must not be written to, and the form to add somebody by hand."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError

from app.domain.errors import FixInput, InvalidNumber
from app.domain.phone import read_number
from app.domain.users import Role
from app.services.consents import Consents
from app.storage.consent_pages import OptedOut
from app.web.context import services
from app.web.csv_answers import csv_answer
from app.web.dashboard.asked import SHOWN, asked_id, cut
from app.web.dashboard.consent_form import record
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import page, show

_AT_ONCE = 1_000  # rows of a file that are read in one transaction
_COLUMNS = ("number", "opted_out_at", "source", "wording")

opt_outs = Blueprint("opt_outs", __name__, url_prefix="/opt-outs")


@opt_outs.get("")
@page()
def index() -> Any:
    """Who opted out, the newest first; or one number that is searched for."""
    return _list(Form(request.args.to_dict()))


def _list(form: Form, status: HTTPStatus = HTTPStatus.OK) -> Any:
    searched = form.value("search").strip()
    before = asked_id("before")
    found: Sequence[OptedOut] = ()
    try:
        number = read_number(searched) if searched else None
        found = services().consents.opt_outs(before, SHOWN + 1, number)
    except InvalidNumber as error:
        form = Form(form.values, {**form.errors, "search": str(error)})
    shown, last = cut(found)
    older = url_for(".index", before=last.event_id) if last else None
    return show(
        "opt_outs.html",
        status,
        form=form,
        opt_outs=shown,
        searched=searched,
        older=older,
        newest=url_for(".index") if before else None,
    )


@opt_outs.post("")
@page(Role.SENDER)
def add() -> Any:
    """Record that somebody told us, elsewhere, to write no more."""
    form = Form.given()
    try:
        number = record(form.value("number"), "opt_out", form)
    except (FixInput, ValidationError) as error:
        return _list(form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(f"{number} is opted out: nothing more is sent to it.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)


@opt_outs.get("/file.csv")
@page()
def file() -> Any:
    """All of them as a table."""
    return csv_answer("opt-outs.csv", _COLUMNS, map(_row, _everybody(services().consents)))


def _everybody(consents: Consents) -> Iterator[OptedOut]:
    """Those who are forgotten have no number to name, and are left out."""
    before: str | None = None
    while found := consents.opt_outs(before, _AT_ONCE):
        yield from (each for each in found if each.number is not None)
        before = found[-1].event_id


def _row(each: OptedOut) -> tuple[object, ...]:
    return each.number, each.at.isoformat(timespec="seconds"), each.method, each.wording or ""
