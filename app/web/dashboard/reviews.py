"""The review list: opt-outs by other words than a keyword, for a person to read."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from app.domain.users import Role
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked_id, cut
from app.web.dashboard.frame import actor, page, show

reviews = Blueprint("reviews", __name__, url_prefix="/reviews")


@reviews.get("")
@page()
def index() -> Any:
    """What nobody has read yet, the oldest first."""
    found, last = cut(services().consent_reviews.page(asked_id("after"), SHOWN + 1))
    more = url_for(".index", after=last.event_id) if last else None
    return show("reviews.html", reviews=found, more=more)


@reviews.post("/<event_id>")
@page(Role.SENDER)
def settle(event_id: str) -> Any:
    """Confirm an opt-out, or take it back."""
    is_confirmed = request.form.get("as") != "no_opt_out"
    services().consent_reviews.settle(event_id, actor(), is_confirmed=is_confirmed)
    flash("It stays an opt-out." if is_confirmed else "The opt-out is taken back.", "good")
    return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)
