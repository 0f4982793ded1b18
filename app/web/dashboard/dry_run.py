"""The dry run: what a campaign would do, to whom, at what cost; and the button that lets it go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as Answer

from app.domain.errors import DuplicateCampaign, FixInput, Mistake, PreviewChanged, WrongStatus
from app.domain.lifecycle import NOT_BEGUN
from app.domain.preview import Preview
from app.domain.users import Role
from app.services.campaigns import CampaignState
from app.storage.campaigns import StoredCampaign
from app.storage.idempotency import Reservation
from app.web.context import services
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.navigation import campaign_page
from app.web.dashboard.once import once
from app.web.preview_views import totals
from app.web.previews import csv_of

dry_run = Blueprint("dry_run", __name__, url_prefix="/campaigns")

_HELD_SHOWN = 12  # moments until which some are held


@dataclass(frozen=True, slots=True)
class Objections:
    """Why it was not sent, where somebody tried."""

    differences: Iterable[Mapping[str, Any]] = ()  # what is not as it was shown
    mistakes: Iterable[Mistake] = ()
    sent_before: str | None = None  # the id of the campaign that is the same

    @property
    def status(self) -> HTTPStatus:
        wrong = HTTPStatus.UNPROCESSABLE_ENTITY if self.mistakes else HTTPStatus.CONFLICT
        return wrong if self != _NONE else HTTPStatus.OK


_NONE = Objections()


@dry_run.get("/<campaign_id>/dry-run", endpoint="show")
@page()
def look(campaign_id: str) -> Any:
    """What it would do now; the page of the campaign, once it has begun."""
    campaign = services().campaigns.find(campaign_id).campaign
    if campaign.status not in NOT_BEGUN:
        return _to(campaign_page(campaign.id))
    return _page(campaign)


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


def _page(campaign: StoredCampaign, objections: Objections = _NONE) -> Any:
    """The dry run of this moment, with the token that a launch is bound to."""
    try:
        preview, mistakes = services().previews.of(campaign.id), objections.mistakes
    except FixInput as error:
        preview, mistakes = None, [*objections.mistakes, *error.mistakes]
    return show(
        "dry_run.html",
        objections.status,
        campaign=campaign,
        key=str(uuid4()),
        differences=objections.differences,
        sent_before=objections.sent_before,
        mistakes=[_in_words(each) for each in mistakes],
        preview=preview,
        **(_figures(campaign, preview) if preview else {}),
    )


def _in_words(mistake: Mistake) -> str:
    """For somebody who sees pages, and not the API."""
    field = mistake.pointer.strip("/").partition("/")[0].replace("_", " ")
    return f"{field} {mistake.detail.partition(': see GET')[0]}".strip()


def _figures(campaign: StoredCampaign, preview: Preview) -> dict[str, Any]:
    tally = preview.survey.tally
    held = sorted(tally.held.items())
    return {
        "totals": totals(preview.survey),
        "tally": tally,
        "estimate": preview.estimate,
        "samples": list(preview.survey.samples.shown()),
        "left_out": [
            *(("skipped", reason, count) for reason, count in tally.skipped.most_common()),
            *(("refused", reason, count) for reason, count in preview.survey.refused.most_common()),
        ],
        "held": held[:_HELD_SHOWN],
        "held_later": sum(count for _, count in held[_HELD_SHOWN:]),
        "has_canary": campaign.policy.needs_canary(tally.messages),
    }


def _to(path: str) -> Answer:
    return redirect(path, HTTPStatus.SEE_OTHER)
