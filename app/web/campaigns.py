"""Campaigns over HTTP, as they are sent and looked at."""

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, request
from flask_openapi import Tag
from werkzeug.http import parse_dict_header

from app.domain.campaign import CampaignOrder
from app.domain.scopes import Scope
from app.services.campaigns import Launched
from app.storage.campaigns import CampaignSearch
from app.storage.idempotency import Answer, Reservation
from app.storage.message_list import Wanted
from app.web import preview_views, views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import (
    BODY,
    SECURED,
    CampaignDocument,
    CampaignsDocument,
    DraftDocument,
    LaunchedDocument,
    MessagesDocument,
    RefusalsDocument,
    Responses,
    answers,
)
from app.web.idempotency import answer_of, kept_already, once
from app.web.order_bodies import ChangeCampaign, SendCampaign
from app.web.preview_documents import CampaignPreviewDocument
from app.web.schemas import CampaignPath, CampaignsQuery, KeyHeader, MessagesQuery, RefusalsQuery

campaigns = APIBlueprint(
    "campaigns",
    __name__,
    url_prefix="/api/campaigns",
    abp_tags=[Tag(name="campaigns")],
    abp_security=SECURED,
)
guard(campaigns, Scope.SEND)
campaigns.before_request(require_json)

_LONGEST_WAIT = 30.0  # seconds, as many proxies allow


_PREVIEWED: Responses = {"200": CampaignPreviewDocument}


@campaigns.post("/send", responses=answers(LaunchedDocument, 202, *BODY, 409) | _PREVIEWED)
def send(header: KeyHeader, body: SendCampaign) -> Any:
    """Send one text to many.

    Answered as soon as the campaign is stored, before anything is sent. `Prefer: wait=N`
    (RFC 7240, N at most 30) holds the answer until every message was tried, or N seconds passed.
    With `"dry_run": true` the answer says what would be done, and nothing is kept or sent.
    """
    order = body.order()
    if body.dry_run:
        return preview_views.preview(services().previews.of_order(order))
    return once(
        header.key,
        lambda reservation: _launched(order, reservation),
        lambda campaign_id: _sent(services().campaigns.launched(campaign_id, order.recipients)),
    )


def _launched(order: CampaignOrder, reservation: Reservation | None) -> Any:
    """The answer is kept in the transaction that it tells of, unless it waits for more."""
    if _preferred_wait():
        return _sent(services().campaigns.launch(order, reservation))
    made: list[Response] = []

    def answer(launched: Launched) -> Answer:
        made.append(current_app.make_response(_sent(launched)))
        return answer_of(made[0])

    launched = services().campaigns.launch(order, reservation, answer)
    return kept_already(made[0]) if made else _sent(launched)


def _sent(launched: Launched) -> Any:
    state = launched.state
    headers = {"Location": views.links(state.campaign.id)["self"]}
    seconds = _preferred_wait()
    if seconds:
        state = services().campaigns.wait_until_tried(state, seconds)
        headers["Preference-Applied"] = f"wait={seconds:g}"
    return views.launched(launched, state), HTTPStatus.ACCEPTED, headers


def _preferred_wait() -> float:
    """The seconds of a `Prefer: wait=N`; 0 without one, or with one that is no number."""
    preferences = request.headers.get("Prefer", "").lower().replace(";", ",")
    wait = parse_dict_header(preferences).get("wait")
    return min(_LONGEST_WAIT, float(wait)) if wait and wait.isdecimal() else 0.0


@campaigns.post("", responses=answers(DraftDocument, 201, *BODY, 409) | _PREVIEWED)
def create(header: KeyHeader, body: SendCampaign) -> Any:
    """Keep a campaign as a draft: it is checked and counted, and nothing is sent."""
    order = body.order()
    if body.dry_run:
        return preview_views.preview(services().previews.of_order(order))
    return once(
        header.key,
        lambda reservation: _created(services().orders.draft(order, reservation)),
        lambda campaign_id: _created(services().campaigns.launched(campaign_id, order.recipients)),
    )


def _created(drafted: Launched) -> Any:
    headers = {"Location": views.links(drafted.state.campaign.id)["self"]}
    return views.draft(drafted), HTTPStatus.CREATED, headers


@campaigns.get("", responses=answers(CampaignsDocument, 422))
def index(query: CampaignsQuery) -> Any:
    """Campaigns, the newest first: all, or those with a status, or with a part of a name."""
    search = CampaignSearch(query.status, query.text)
    found = services().campaigns.page(query.before, query.limit, search)
    following = views.following(
        "/api/campaigns",
        len(found) == query.limit,
        status=query.status.value if query.status else None,
        text=query.text,
        limit=query.limit,
        before=found[-1].campaign.id if found else None,
    )
    return views.page("campaigns", [views.campaign(each) for each in found], following)


@campaigns.get("/<campaign_id>", responses=answers(CampaignDocument, 404))
def show(path: CampaignPath) -> Any:
    """One campaign with its counters; costs the same at any number of recipients."""
    return views.campaign(services().campaigns.find(path.campaign_id))


@campaigns.patch("/<campaign_id>", responses=answers(CampaignDocument, *BODY, 404, 409))
def change(path: CampaignPath, body: ChangeCampaign) -> Any:
    """Change a draft or a scheduled campaign; of a paused one only the name and the brake."""
    return views.campaign(services().orders.change(path.campaign_id, actor(), body.changes()))


@campaigns.get("/<campaign_id>/messages", responses=answers(MessagesDocument, 404, 422))
def list_messages(path: CampaignPath, query: MessagesQuery) -> Any:
    """Its messages in the order of the recipients: all, or by status, error code or number."""
    wanted = Wanted(query.status, query.error_code, query.number)
    found = services().campaigns.messages(path.campaign_id, wanted, query.after, query.limit)
    following = views.following(
        views.links(path.campaign_id)["messages"],
        len(found) == query.limit,
        status=query.status.value if query.status else None,
        error_code=query.error_code,
        number=query.number,
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
