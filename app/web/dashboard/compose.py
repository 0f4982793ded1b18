"""The composer: a campaign is put together here, and kept as a draft until it is let go."""

from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, request, url_for
from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, FixInput, NotFound
from app.domain.hour_presets import PRESETS
from app.domain.lifecycle import NOT_BEGUN
from app.domain.moments import known_zones
from app.domain.users import Role
from app.storage.campaigns import StoredCampaign
from app.web.context import options, services
from app.web.dashboard import compose_form, compose_trial
from app.web.dashboard.counting import ALPHABET, cost_shown
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show
from app.web.dashboard.navigation import link
from app.web.dashboard.once import once
from app.web.order_bodies import ChangeCampaign, SendCampaign
from app.web.problems import mistakes_of
from app.web.schemas import MAX_PAGE

compose = Blueprint("compose", __name__, url_prefix="/campaigns")

_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
_Body = TypeVar("_Body", bound=BaseModel)


@compose.get("/new")
@page(Role.SENDER)
def new() -> Any:
    """An empty form, or one with what the address names."""
    return _page(compose_form.begun(request.args))


@compose.post("/new")
@page(Role.SENDER)
def create() -> Any:
    """Keep it as a draft; or, by another button, one step within the form."""
    form = Form.given("message")
    if do := form.value("do"):
        return _page(_stepped(form, do))
    try:
        campaign_id = _drafted(form)
    except FixInput as error:
        return _page(form.with_mistakes(compose_form.by_field(error)), status=_WRONG)
    flash("The draft is kept, and nothing is sent yet. This is what it would do.", "good")
    return _on_to(campaign_id)


@compose.get("/<campaign_id>/edit")
@page(Role.SENDER)
def edit(campaign_id: str) -> Any:
    """One that has not begun."""
    campaign = _open(campaign_id)
    lists = services().contact_lists.page("", MAX_PAGE)
    return _page(compose_form.filled(campaign, lists), campaign)


@compose.post("/<campaign_id>/edit")
@page(Role.SENDER)
def change(campaign_id: str) -> Any:
    """Keep it as it is now; or one step within the form."""
    campaign, form = _open(campaign_id), Form.given("message")
    if do := form.value("do"):
        return _page(_stepped(form, do), campaign)
    try:
        body = _read(ChangeCampaign, form, compose_form.told(form, campaign))
        services().orders.change(campaign.id, actor(), body.changes())
    except FixInput as error:
        return _page(form.with_mistakes(compose_form.by_field(error)), campaign, _WRONG)
    flash("The campaign is changed. This is what it would do.", "good")
    return _on_to(campaign.id)


@compose.post("/try")
@page(Role.SENDER)
def try_on() -> Any:
    """Whom it reaches and how one of them reads it, as a part of the page."""
    form = Form.given("message")
    return show("compose_trial.html", **compose_trial.tried(form, services().senders.states()))


def _drafted(form: Form) -> str:
    told = compose_form.told(form)
    order = _read(SendCampaign, form, told).order()
    return once(form.value("key"), told, lambda mine: services().orders.draft(order, mine))


def _read(kind: type[_Body], form: Form, told: dict[str, Any]) -> _Body:
    """The body that the API would read. Raises FixInput; the form's own words come last."""
    mistakes = compose_form.lacking(form)
    try:
        body = kind.model_validate(told)
    except ValidationError as error:
        raise FixInput([*mistakes_of(error), *mistakes]) from None
    if mistakes:
        raise FixInput(mistakes)
    return body


def _stepped(form: Form, do: str) -> Form:
    try:
        text = compose_trial.text_of(form)
    except NotFound:
        text = ""
    return compose_form.step(form, do, text)


def _open(campaign_id: str) -> StoredCampaign:
    campaign = services().campaigns.find(campaign_id).campaign
    if campaign.status not in NOT_BEGUN:
        raise Conflict(f"the campaign is {campaign.status}, and can no longer be changed here")
    return campaign


def _page(
    form: Form, campaign: StoredCampaign | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Any:
    senders = services().senders.states()
    return show(
        "compose.html",
        status,
        form=form,
        campaign=campaign,
        lists=services().contact_lists.page("", MAX_PAGE),
        audiences=_audiences(form),
        templates=_templates(form),
        senders=_names({options().sender, form.value("sender"), *(s.name for s in senders)}),
        fields=services().trials.fields() or ["first_name"],
        makes_links=services().trials.makes_links,
        alphabet=ALPHABET,
        counted=cost_shown(form.value("message")),
        hours=_hours(campaign),
        zones=sorted(known_zones()),
        canary_from=(campaign.policy if campaign else options().policy).canary_from,
        **compose_trial.tried(form, senders),
    )


def _names(found: set[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(found) if name]


def _audiences(form: Form) -> list[tuple[str, str]]:
    own = form.value("audience") == compose_form.OWN
    return [
        ("", "None: everybody on the lists"),
        *([(compose_form.OWN, "The rule that it has")] if own else []),
        *((each.id, each.name) for each in services().audiences.page("", MAX_PAGE)),
    ]


def _templates(form: Form) -> list[tuple[str, str]]:
    has = form.value("template")
    version = has.partition(":")[2]
    saved = services().templates.page(None, MAX_PAGE, archived=False)
    return [
        ("", "None: a text of its own"),
        *([(has, f"The one that it has, version {version}")] if version else []),
        *((each.id, each.name) for each in saved),
    ]


def _hours(campaign: StoredCampaign | None) -> list[tuple[str, str]]:
    """Quiet hours to choose from, with their words."""
    usual = options().terms
    name = usual.window_name or ""
    words = PRESETS[name].title if name in PRESETS else "none" if usual.window is None else "set"
    own = campaign and campaign.terms.window and campaign.terms.window_name not in PRESETS
    return [
        (compose_form.USUAL, f"As set for the service ({words})"),
        *([(compose_form.OWN, "The hours that it has")] if own else []),
        *((each, preset.title) for each, preset in services().hour_presets.all().items()),
        ("off", "None: at any hour"),
    ]


def _on_to(campaign_id: str) -> Response:
    to = link("dry_run.show", campaign_id=campaign_id) or url_for("dashboard.home")
    return redirect(to, HTTPStatus.SEE_OTHER)
