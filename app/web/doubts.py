"""Messages in doubt and messages that failed: settled, or sent once more."""

from typing import Any

from flask_openapi import Tag

from app.domain.doubts import Resolution
from app.domain.scopes import Scope
from app.services.retries import Kind, Wish
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, MessageDocument, answers
from app.web.doubt_schemas import ResolvedDocument, ResolveDoubt, RetriedDocument, RetryFailed
from app.web.schemas import CampaignPath, MessagePath

doubts = APIBlueprint(
    "doubts",
    __name__,
    url_prefix="/api",
    abp_tags=[Tag(name="doubts and second tries")],
    abp_security=SECURED,
)
guard(doubts, Scope.SEND)
doubts.before_request(require_json)


@doubts.post("/messages/<message_id>/resolve", responses=answers(MessageDocument, *BODY, 404, 409))
def resolve_message(path: MessagePath, body: ResolveDoubt) -> Any:
    """Say what became of a message in doubt, or have it sent once more."""
    return views.message(services().doubts.resolve_message(path.message_id, _resolution(body)))


@doubts.post(
    "/campaigns/<campaign_id>/resolve", responses=answers(ResolvedDocument, *BODY, 404, 409)
)
def resolve_campaign(path: CampaignPath, body: ResolveDoubt) -> Any:
    """The same for all messages of a campaign that are in doubt now."""
    found = services().doubts.resolve_campaign(path.campaign_id, _resolution(body))
    return {"resolved": found.resolved, "remaining": found.remaining}


def _resolution(body: ResolveDoubt) -> Resolution:
    return Resolution(body.as_, actor(), body.confirm, body.note)


@doubts.post(
    "/campaigns/<campaign_id>/retry-failed", responses=answers(RetriedDocument, *BODY, 404, 409)
)
def retry_failed(path: CampaignPath, body: RetryFailed) -> Any:
    """Send once more what failed in a way that passes; the rest is counted, with the reason."""
    codes = None if body.codes is None else frozenset(body.codes)
    found = services().retries.retry_failed(path.campaign_id, Wish(actor(), codes, body.confirm))
    return {
        "retried": found.retried,
        "left_out": found.left_out,
        "remaining": found.remaining,
        "by_code": [_kind(each) for each in found.kinds],
    }


def _kind(each: Kind) -> dict[str, Any]:
    return {
        "status": each.failure.status,
        "code": each.failure.name,
        "messages": each.messages,
        "retried": each.why_not is None,
        "reason": each.why_not,
    }
