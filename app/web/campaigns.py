"""Campaigns over HTTP: read a request, call one service method, write a response."""

from http import HTTPStatus
from typing import Any

from flask import request
from flask_openapi import APIBlueprint, Tag
from werkzeug.http import parse_dict_header

from app.domain.campaign import CampaignOrder
from app.domain.template import read_template
from app.web import views
from app.web.auth import actor, require_key
from app.web.bodies import require_json
from app.web.context import options, services
from app.web.documents import (
    BODY,
    SECURED,
    CampaignDocument,
    CampaignsDocument,
    LaunchedDocument,
    MessagesDocument,
    RefusalsDocument,
    answers,
)
from app.web.schemas import (
    CampaignPath,
    CampaignsQuery,
    MessagesQuery,
    RefusalsQuery,
    SendCampaign,
)

campaigns = APIBlueprint(
    "campaigns",
    __name__,
    url_prefix="/api/campaigns",
    abp_tags=[Tag(name="campaigns")],
    abp_security=SECURED,
)
campaigns.before_request(require_key)
campaigns.before_request(require_json)

_LONGEST_WAIT = 30.0  # seconds, as many proxies allow


@campaigns.post("/send", responses=answers(LaunchedDocument, 202, *BODY))
def send(body: SendCampaign) -> Any:
    """Send one text to many.

    Answered as soon as the campaign is stored, before anything is sent. `Prefer: wait=N`
    (RFC 7240, N at most 30) holds the answer until every message was tried, or N seconds passed.
    """
    launched = services().campaigns.launch(_order(body))
    seconds = _preferred_wait()
    headers = {"Location": views.links(launched.state.campaign.id)["self"]}
    state = launched.state
    if seconds:
        state = services().campaigns.wait_until_tried(state, seconds)
        headers["Preference-Applied"] = f"wait={seconds:g}"
    return views.launched(launched, state), HTTPStatus.ACCEPTED, headers


def _order(body: SendCampaign) -> CampaignOrder:
    return CampaignOrder(
        recipients=body.recipients,
        template=read_template(body.message),
        sender=body.from_ or options().sender,
        name=body.name,
        scheduled_at=body.scheduled_at,
    )


def _preferred_wait() -> float:
    """The seconds of a `Prefer: wait=N`; 0 without one, or with one that is no number."""
    preferences = request.headers.get("Prefer", "").lower().replace(";", ",")
    wait = parse_dict_header(preferences).get("wait")
    return min(_LONGEST_WAIT, float(wait)) if wait and wait.isdecimal() else 0.0


@campaigns.get("", responses=answers(CampaignsDocument, 422))
def index(query: CampaignsQuery) -> Any:
    """Campaigns, the newest first."""
    found = services().campaigns.page(query.before, query.limit)
    last = found[-1].campaign.id if found else None
    following = views.following(
        "/api/campaigns", len(found) == query.limit, limit=query.limit, before=last
    )
    return views.page("campaigns", [views.campaign(each) for each in found], following)


@campaigns.get("/<campaign_id>", responses=answers(CampaignDocument, 404))
def show(path: CampaignPath) -> Any:
    """One campaign with its counters; costs the same at any number of recipients."""
    return views.campaign(services().campaigns.find(path.campaign_id))


@campaigns.get("/<campaign_id>/messages", responses=answers(MessagesDocument, 404, 422))
def list_messages(path: CampaignPath, query: MessagesQuery) -> Any:
    """Its messages in the order of the recipients, all or those of one status."""
    found = services().campaigns.messages(path.campaign_id, query.status, query.after, query.limit)
    following = views.following(
        views.links(path.campaign_id)["messages"],
        len(found) == query.limit,
        status=query.status.value if query.status else None,
        limit=query.limit,
        after=found[-1].id if found else None,
    )
    return views.page("messages", [views.message(each) for each in found], following)


@campaigns.get("/<campaign_id>/refusals", responses=answers(RefusalsDocument, 404, 422))
def list_refusals(path: CampaignPath, query: RefusalsQuery) -> Any:
    """The recipients that no message was made for, with the reason."""
    found = services().campaigns.refusals(path.campaign_id, query.after, query.limit)
    following = views.following(
        views.links(path.campaign_id)["refusals"],
        len(found) == query.limit,
        limit=query.limit,
        after=found[-1].position if found else None,
    )
    return views.page("refusals", [views.refusal(each) for each in found], following)


@campaigns.post("/<campaign_id>/pause", responses=answers(CampaignDocument, *BODY, 404, 409))
def pause(path: CampaignPath) -> Any:
    """Claim no more of its messages; what is on its way arrives."""
    return views.campaign(services().campaigns.pause(path.campaign_id, actor()))


@campaigns.post("/<campaign_id>/resume", responses=answers(CampaignDocument, *BODY, 404, 409))
def resume(path: CampaignPath) -> Any:
    """Go on with what is queued."""
    return views.campaign(services().campaigns.resume(path.campaign_id, actor()))
