"""How a campaign went, over HTTP."""

from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web import report_views
from app.web.auth import guard
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import SECURED, answers
from app.web.report_documents import ReportDocument
from app.web.schemas import CampaignPath

reports = APIBlueprint(
    "reports",
    __name__,
    url_prefix="/api/campaigns",
    abp_tags=[Tag(name="campaigns")],
    abp_security=SECURED,
)
guard(reports, Scope.SEND)


@reports.get("/<campaign_id>/report", responses=answers(ReportDocument, 404))
def show(path: CampaignPath) -> Any:
    """How it went so far: funnel, deliveries over time, failures in words, replies, cost.

    Costs the same at any number of recipients.
    """
    return report_views.report(services().reports.of(path.campaign_id))
