"""What people do to a campaign: pause it, let it go on, cancel it, send again what failed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict
from app.domain.users import Role
from app.services.campaigns import CampaignState
from app.services.retries import Retried, Wish
from app.web.context import services
from app.web.dashboard.frame import actor, page
from app.web.dashboard.wording import number
from app.web.order_bodies import Reason

moves = Blueprint("campaign_moves", __name__, url_prefix="/campaigns")


@moves.post("/<campaign_id>/pause")
@page(Role.SENDER)
def pause(campaign_id: str) -> Any:
    """Claim no more of its messages."""
    return _moved(
        campaign_id,
        lambda: services().campaigns.pause(campaign_id, actor(), _reason()),
        "Paused. What was on its way arrives, and the rest waits.",
    )


@moves.post("/<campaign_id>/resume")
@page(Role.SENDER)
def resume(campaign_id: str) -> Any:
    """Go on with what is queued."""
    return _moved(
        campaign_id, lambda: services().campaigns.resume(campaign_id, actor()), "It goes on."
    )


@moves.post("/<campaign_id>/cancel")
@page(Role.SENDER)
def cancel(campaign_id: str) -> Any:
    """Skip what is queued, for good."""
    return _moved(
        campaign_id,
        lambda: services().campaigns.cancel(campaign_id, actor(), _reason()),
        "Cancelled. What was on its way arrives, and the rest is not sent.",
    )


@moves.post("/<campaign_id>/retry")
@page(Role.SENDER)
def retry(campaign_id: str) -> Any:
    """Queue again what failed in a way that passes."""
    wish = Wish(actor(), confirmed="confirm" in request.form)
    try:
        done = services().retries.retry_failed(campaign_id, wish)
    except Conflict as error:
        flash(f"Nothing is sent again: {error}.", "bad")
    else:
        flash(_told(done), "good" if done.retried else "info")
    return _back(campaign_id)


def _told(done: Retried) -> str:
    left = sorted({kind.why_not for kind in done.kinds if kind.why_not is not None})
    words = f"{number(done.retried)} queued again." if done.retried else "Nothing is sent again."
    if left:
        words += f" {number(done.left_out)} left as they are: {'; '.join(left)}."
    if done.remaining:
        words += f" {number(done.remaining)} more remain: press the button once more."
    return words


def _moved(campaign_id: str, move: Callable[[], CampaignState], words: str) -> Response:
    try:
        move()
    except Conflict as error:
        flash(f"Nothing was done: {error}.", "bad")
    except ValidationError:
        flash("Nothing was done: a reason has at most 500 characters.", "bad")
    else:
        flash(words, "good")
    return _back(campaign_id)


def _reason() -> str | None:
    given = request.form.get("reason", "").replace("\0", "").strip()
    return Reason(reason=given or None).reason


def _back(campaign_id: str) -> Response:
    return redirect(
        url_for("dashboard.campaigns.find", campaign_id=campaign_id), HTTPStatus.SEE_OTHER
    )
