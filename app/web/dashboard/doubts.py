"""Messages in doubt: what that means, and what became of them, as a person says."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.doubts import Resolution
from app.domain.errors import Unconfirmed
from app.domain.ids import is_id
from app.domain.users import Role
from app.web.context import services
from app.web.dashboard.asked import SHOWN, cut
from app.web.dashboard.frame import actor, page, show
from app.web.doubt_schemas import ResolveDoubt

doubts = Blueprint("doubts", __name__, url_prefix="/doubts")


@doubts.get("")
@page()
def index() -> Any:
    """Campaigns with doubts, and the doubtful messages of one of them, or the single ones."""
    campaign_id, after = _id("campaign"), _id("after")
    found, last = cut(services().doubts.page(campaign_id, after, SHOWN + 1))
    more = url_for(".index", campaign=campaign_id, after=last.id) if last else None
    campaigns = services().doubts.overview()
    return show(
        "doubts.html",
        campaigns=campaigns,
        chosen=next((each for each in campaigns if each.campaign_id == campaign_id), None),
        messages=found,
        more=more,
    )


def _id(name: str) -> str | None:
    given = request.args.get(name, "").lower()
    return given if is_id(given) else None


@doubts.post("/messages/<message_id>")
@page(Role.SENDER)
def settle_message(message_id: str) -> Any:
    """Say what became of one message, or have it sent once more."""
    try:
        message = services().doubts.resolve_message(message_id, _resolution())
    except (Unconfirmed, ValidationError) as error:
        return _refused(error)
    flash(f"The message to {message.number} is settled.", "good")
    return _back()


@doubts.post("/campaigns/<campaign_id>")
@page(Role.SENDER)
def settle_campaign(campaign_id: str) -> Any:
    """The same for all of a campaign."""
    try:
        done = services().doubts.resolve_campaign(campaign_id, _resolution())
    except (Unconfirmed, ValidationError) as error:
        return _refused(error)
    flash(f"{done.resolved:,} settled, {done.remaining:,} still in doubt.", "good")
    return _back()


def _resolution() -> Resolution:
    body = ResolveDoubt.model_validate(
        {
            "as": request.form.get("as"),
            "confirm": "confirm" in request.form,
            "note": request.form.get("note", "").strip() or None,
        }
    )
    return Resolution(body.as_, actor(), body.confirm, body.note)


def _refused(error: Unconfirmed | ValidationError) -> Response:
    if isinstance(error, Unconfirmed):
        words = (
            "Nothing was sent again: people may be texted twice. Tick the box to say that you"
            " know, and press the button once more."
        )
    else:
        words = "Choose what became of it; a note has at most 500 characters."
    flash(words, "bad")
    return _back()


def _back() -> Response:
    campaign = request.form.get("campaign") or None
    return redirect(url_for(".index", campaign=campaign), HTTPStatus.SEE_OTHER)
