"""The dry run over HTTP: what a campaign would do, and afterwards how true that was."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from flask import Response
from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web import preview_rows, preview_views
from app.web.auth import guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import SECURED, answers
from app.web.preview_documents import CampaignPreviewDocument, ReckoningDocument
from app.web.schemas import CampaignPath

previews = APIBlueprint(
    "previews",
    __name__,
    url_prefix="/api/campaigns",
    abp_tags=[Tag(name="campaigns")],
    abp_security=SECURED,
)
guard(previews, Scope.SEND)
previews.before_request(require_json)

_CSV_ANSWERS = answers(CampaignPreviewDocument, 404, 409, 422) | {
    "200": {
        "description": "A line for each recipient.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@previews.post("/<campaign_id>/preview", responses=answers(CampaignPreviewDocument, 404, 409, 422))
def preview(path: CampaignPath) -> Any:
    """What a draft or a scheduled campaign would do, with a token that binds its launch to it."""
    return preview_views.preview(services().previews.of(path.campaign_id))


@previews.get("/<campaign_id>/preview.csv", responses=_CSV_ANSWERS)
def preview_csv(path: CampaignPath) -> Any:
    """The same for every recipient, as CSV that is streamed: send now, held, skipped, and why."""
    return csv_of(path.campaign_id)


@previews.get("/<campaign_id>/estimate", responses=answers(ReckoningDocument, 404))
def estimate(path: CampaignPath) -> Any:
    """What was foreseen when it was launched, beside what Vonage has charged and the clock."""
    return preview_views.reckoning(services().estimates.of(path.campaign_id))


def csv_of(campaign_id: str) -> Response:
    """Every decision as a file to download. Raises as the service does, before anything is sent."""
    stack = ExitStack()
    begins_at, decided = stack.enter_context(services().previews.rows(campaign_id))

    def parts() -> Iterator[str]:
        with stack:
            yield from preview_rows.lines(decided, begins_at)

    answer = Response(parts(), mimetype="text/csv")
    answer.call_on_close(stack.close)  # also where nobody read it to its end, or began to
    name = f"preview-{campaign_id}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
