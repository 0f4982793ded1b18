"""The dry run: what a campaign would do, to whom, at what cost; and the button that lets it go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from logging import getLogger
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, request
from werkzeug.wrappers import Response as Answer

from app.domain.errors import (
    CarillonError,
    DuplicateCampaign,
    FixInput,
    Mistake,
    PreviewChanged,
    WrongStatus,
)
from app.domain.lifecycle import NOT_BEGUN
from app.domain.users import Role
from app.services.campaigns import CampaignState
from app.services.dry_runs import DryRun
from app.storage.campaigns import StoredCampaign
from app.storage.idempotency import Reservation
from app.web.context import services
from app.web.dashboard.dry_run_shown import outcome, values, why_not
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.navigation import campaign_page
from app.web.dashboard.once import once
from app.web.previews import csv_of

dry_run = Blueprint("dry_run", __name__, url_prefix="/campaigns")

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Objections:
    """Why it was not sent, where somebody tried."""

    differences: Iterable[Mapping[str, Any]] = ()  # what is not as it was shown
    mistakes: Iterable[Mistake] = ()
    sent_before: str | None = None  # the id of the campaign that is the same

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.mistakes else HTTPStatus.CONFLICT


@dry_run.get("/<campaign_id>/dry-run", endpoint="show")
@page()
def look(campaign_id: str) -> Any:
    """What it would do now, or that this is being found out; the campaign, once it has begun."""
    campaign = services().campaigns.find(campaign_id).campaign
    if campaign.status not in NOT_BEGUN:
        return _to(campaign_page(campaign.id))
    run = _run(campaign.id)
    preview, mistakes = outcome(run)
    waited_for = None if run.is_over else run.id
    return show("dry_run.html", **values(campaign, preview, mistakes, waited_for))


@dry_run.get("/<campaign_id>/dry-run/now")
@page()
def now(campaign_id: str) -> Response:
    """The part that is waited for. Whatever goes wrong is said in it: nobody is to ask for ever."""
    try:
        campaign = services().campaigns.find(campaign_id).campaign
        run = _run(campaign.id)
        made, is_over = (
            show("dry_run_now.html", **values(campaign, *outcome(run), run.id)),
            run.is_over,
        )
    except Exception as error:  # noqa: BLE001 (logged, unless it was meant)
        if not isinstance(error, CarillonError):
            _log.exception("unhandled_error")
        made, is_over = show("dry_run_ended.html", words=why_not(error), id=campaign_id), True
    answer = make_response(made)
    if is_over:
        answer.headers["X-Live"] = "done"
    return answer


def _run(campaign_id: str) -> DryRun:
    """The one that the address names, as far as it names one; else one of now."""
    try:
        named = str(UUID(request.args.get("run", "")))
    except ValueError:
        named = None
    return services().dry_runs.of(campaign_id, named)


@dry_run.get("/<campaign_id>/dry-run.csv")
@page()
def download(campaign_id: str) -> Response:
    """Every decision, a line for each recipient."""
    return csv_of(campaign_id)


@dry_run.post("/<campaign_id>/dry-run")
@page(Role.SENDER)
def send(campaign_id: str) -> Any:
    """Let it go: once, however often the button is pressed, and only as it was shown."""
    campaign, form = services().campaigns.find(campaign_id).campaign, Form.given()
    try:
        _let_go_once(campaign, form)
    except PreviewChanged as error:
        return _page(campaign, Objections(differences=error.differences))
    except DuplicateCampaign as error:
        return _page(campaign, Objections(sent_before=error.campaign_id))
    except FixInput as error:
        return _page(campaign, Objections(mistakes=error.mistakes))
    except WrongStatus as error:
        flash(f"Nothing more was done: it is {error.status} already.", "warn")
        return _to(campaign_page(campaign.id))
    flash("It begins at its time." if _is_later(form) else "It is on its way.", "good")
    return _to(campaign_page(campaign.id))


def _is_later(form: Form) -> bool:
    return form.value("begin") == "later"


def _let_go_once(campaign: StoredCampaign, form: Form) -> None:
    token, is_again = form.value("preview_token"), bool(form.value("allow_duplicate"))

    def let_go(mine: Reservation) -> CampaignState:
        said: dict[str, Any] = {
            "allow_duplicate": is_again,
            "once": mine,
            "key_means_it": False,
            "preview_token": token,
        }
        if _is_later(form):
            return services().orders.schedule(campaign.id, actor(), {}, **said)
        return services().orders.launch(campaign.id, actor(), **said)

    once(form.value("key"), [token, _is_later(form), is_again], let_go, campaign.id)


def _page(campaign: StoredCampaign, objections: Objections) -> Any:
    """The dry run of this moment, waited for: what was objected to is told with it."""
    try:
        preview, mistakes = services().previews.of(campaign.id), objections.mistakes
    except FixInput as error:
        preview, mistakes = None, [*objections.mistakes, *error.mistakes]
    return show(
        "dry_run.html",
        objections.status,
        differences=objections.differences,
        sent_before=objections.sent_before,
        **values(campaign, preview, mistakes, None),
    )


def _to(path: str) -> Answer:
    return redirect(path, HTTPStatus.SEE_OTHER)
