"""Campaigns: the list, and the page of one with all that is known of how it goes."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, url_for

from app.domain.lifecycle import CampaignStatus
from app.services.reports import Report, funnel_of
from app.storage.campaigns import CampaignSearch
from app.web.context import services
from app.web.dashboard import campaign_shown, recipients
from app.web.dashboard.asked import SHOWN, asked, asked_id, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import page, show

campaigns = Blueprint("campaigns", __name__, url_prefix="/campaigns")

_STATUSES = frozenset(CampaignStatus)
_STILL_HEARD_OF = timedelta(hours=1)  # after the end: later receipts are seen at the next visit


@campaigns.get("")
@page()
def index() -> Any:
    """The newest first: all, or those with a status, or with a part of a name."""
    filters = {"q": asked("q"), "status": asked("status")}
    status = CampaignStatus(filters["status"]) if filters["status"] in _STATUSES else None
    before = asked_id("before")
    search = CampaignSearch(status, filters["q"] or None)
    found, last = cut(services().campaigns.page(before, SHOWN + 1, search))
    named: dict[str, Any] = {name: value or None for name, value in filters.items()}
    return show(
        "campaigns.html",
        campaigns=[(state, funnel_of(state)) for state in found],
        form=Form(filters),
        is_searched=any(filters.values()),
        statuses=list(CampaignStatus),
        older=url_for(".index", before=last.campaign.id, **named) if last else None,
        newest=url_for(".index", **named) if before else None,
    )


@campaigns.get("/<campaign_id>")
@page()
def find(campaign_id: str) -> Any:
    """One, with what moves by itself, and its recipients below."""
    report = services().reports.of(campaign_id)
    campaign = report.state.campaign
    return show("campaign.html", **_moving(report), **recipients.rows(campaign.id))


@campaigns.get("/<campaign_id>/now")
@page()
def now(campaign_id: str) -> Response:
    """The part of it that moves."""
    report = services().reports.of(campaign_id)
    answer = make_response(show("campaign_now.html", **_moving(report)))
    if _is_still(report):
        answer.headers["X-Live"] = "done"
    return answer


def _moving(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "campaign": report.state.campaign,
        "funnel": report.funnel,
        "steps": campaign_shown.steps(report.funnel, report.state.counts),
        "deliveries": campaign_shown.deliveries(report.deliveries),
        "told": campaign_shown.told(report),
        "may": campaign_shown.moves(report),
        "passing": sum(each.messages for each in report.failures if each.may_pass),
    }


def _is_still(report: Report) -> bool:
    """Will nothing change any more, or hardly anything?"""
    campaign = report.state.campaign
    if campaign.status is CampaignStatus.DRAFT:
        return True
    ended = campaign.finished_at
    if ended is None or report.funnel.waiting:
        return False
    return not report.funnel.on_the_way or report.at - ended > _STILL_HEARD_OF
