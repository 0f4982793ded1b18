"""The life of a campaign over HTTP: launched, scheduled, paused, resumed, cancelled."""

from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.services.campaigns import CampaignState
from app.storage.idempotency import Reservation
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, CampaignDocument, answers
from app.web.idempotency import once
from app.web.order_bodies import LaunchCampaign, Reason, ScheduleCampaign
from app.web.schemas import CampaignPath, KeyHeader

lifecycle = APIBlueprint(
    "lifecycle",
    __name__,
    url_prefix="/api/campaigns",
    abp_tags=[Tag(name="campaigns")],
    abp_security=SECURED,
)
guard(lifecycle, Scope.SEND)
lifecycle.before_request(require_json)

_ANSWERS = answers(CampaignDocument, *BODY, 404, 409)


@lifecycle.post("/<campaign_id>/launch", responses=_ANSWERS)
def launch(path: CampaignPath, header: KeyHeader, body: LaunchCampaign) -> Any:
    """Begin now with a draft, or with a scheduled campaign whose time has not come."""

    def work(reservation: Reservation | None) -> CampaignState:
        return services().orders.launch(
            path.campaign_id,
            actor(),
            allow_duplicate=body.allow_duplicate,
            once=reservation,
            preview_token=body.preview_token,
        )

    return _moved_once(path, header, work)


@lifecycle.post("/<campaign_id>/schedule", responses=_ANSWERS)
def schedule(path: CampaignPath, header: KeyHeader, body: ScheduleCampaign) -> Any:
    """Begin at the time named here, or at the one that the campaign has."""

    def work(reservation: Reservation | None) -> CampaignState:
        return services().orders.schedule(
            path.campaign_id,
            actor(),
            body.times(),
            allow_duplicate=body.allow_duplicate,
            once=reservation,
            preview_token=body.preview_token,
        )

    return _moved_once(path, header, work)


def _moved_once(path: CampaignPath, header: KeyHeader, work: Any) -> Any:
    campaign_id = services().campaigns.find(path.campaign_id).campaign.id
    return once(
        header.key,
        lambda reservation: views.campaign(work(reservation)),
        lambda known_id: views.campaign(services().campaigns.find(known_id)),
        campaign_id,
    )


@lifecycle.post("/<campaign_id>/pause", responses=_ANSWERS)
def pause(path: CampaignPath, body: Reason) -> Any:
    """Claim no more of its messages; what is on its way (`messages.sending`) arrives."""
    return views.campaign(services().campaigns.pause(path.campaign_id, actor(), body.reason))


@lifecycle.post("/<campaign_id>/resume", responses=_ANSWERS)
def resume(path: CampaignPath) -> Any:
    """Go on with what is queued."""
    return views.campaign(services().campaigns.resume(path.campaign_id, actor()))


@lifecycle.post("/<campaign_id>/cancel", responses=_ANSWERS)
def cancel(path: CampaignPath, body: Reason) -> Any:
    """Skip what is queued, for good; what is on its way (`messages.sending`) arrives."""
    return views.campaign(services().campaigns.cancel(path.campaign_id, actor(), body.reason))
