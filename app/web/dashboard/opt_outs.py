"""Opt-outs: who must not be written to, and the form to add somebody by hand."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError

from app.domain.errors import FixInput, InvalidNumber
from app.domain.ids import is_id
from app.domain.phone import read_number
from app.domain.users import Role
from app.services.consents import Consents
from app.storage.consent_pages import OptedOut
from app.web.consent_bodies import GivenConsent
from app.web.context import options, services
from app.web.csv_answers import csv_answer
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show

_SHOWN = 50
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
    given = form.value("before")
    before = given if is_id(given) else None
    try:
        number = read_number(searched) if searched else None
        found = services().consents.opt_outs(before, _SHOWN + 1, number)
    except InvalidNumber as error:
        form, found = Form(form.values, {**form.errors, "search": str(error)}), []
    older = url_for(".index", before=found[_SHOWN - 1].event_id) if found[_SHOWN:] else None
    return show(
        "opt_outs.html",
        status,
        form=form,
        opt_outs=found[:_SHOWN],
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
        given = GivenConsent.model_validate(
            {
                "number": form.value("number"),
                "wording": form.value("wording") or None,
                "event": "opt_out",
                "method": "operator",
            }
        )
        services().consents.record([given.order(options().sender, actor())])
    except (FixInput, ValidationError) as error:
        return _list(form.with_mistakes(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(f"{given.number} is opted out: nothing more is sent to it.", "good")
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
