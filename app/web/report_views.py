"""The report of a campaign as JSON."""

from dataclasses import asdict
from typing import Any

from app.domain.deliveries import Deliveries
from app.services.reports import FailureCount, Report
from app.web.preview_views import reckoning
from app.web.views import time_text


def report(found: Report) -> dict[str, Any]:
    """How a campaign went so far."""
    campaign = found.state.campaign
    return {
        "campaign_id": campaign.id,
        "name": campaign.name,
        "status": campaign.status,
        "status_reason": campaign.status_reason,
        "status_by": campaign.status_by,
        "funnel": {**asdict(found.funnel), "messages": found.funnel.messages},
        "waiting": {
            "messages": found.later.messages,
            "next_at": time_text(found.later.next_at),
        },
        "deliveries": _deliveries(found.deliveries),
        "failures": [_failure(each) for each in found.failures],
        "opt_outs": campaign.opt_outs_after,
        "inbound_texts": campaign.inbound_after,
        "cost": reckoning(found.reckoning),
    }


def _deliveries(deliveries: Deliveries) -> dict[str, Any]:
    return {
        "span_seconds": int(deliveries.width.total_seconds()),
        "spans": [
            {
                "at": time_text(each.begins_at),
                "delivered": each.delivered,
                "failed": each.failed,
                "on_the_way": each.on_the_way,
            }
            for each in deliveries.spans
        ],
        "later": deliveries.later,
    }


def _failure(each: FailureCount) -> dict[str, Any]:
    return {
        "status": each.status,
        "code": each.code,
        "messages": each.messages,
        "words": each.words,
        "may_pass": each.may_pass,
    }
