"""What clients get: the values of the services as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from app.domain.campaign import Refusal
from app.domain.hour_presets import PRESETS
from app.domain.message import AT_ONCE, TAKEN, MessageStatus
from app.domain.policy import Policy
from app.domain.quiet_hours import Window
from app.domain.terms import Terms
from app.services.campaigns import CampaignState, Launched
from app.storage.campaigns import StoredCampaign
from app.storage.message_list import StoredMessage

SHOWN = 100  # refused recipients in the answer to a POST; the rest are a link away


def time_text(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def campaign(state: CampaignState) -> dict[str, Any]:
    """A campaign as it stands."""
    stored = state.campaign
    return {
        "id": stored.id,
        "name": stored.name,
        "status": stored.status,
        "status_reason": stored.status_reason,
        "status_by": stored.status_by,
        "message": stored.message,
        "from": stored.sender,
        "created_at": time_text(stored.created_at),
        "scheduled_at": time_text(stored.scheduled_at),
        "time_zone": stored.time_zone,
        "not_after": time_text(stored.not_after),
        "max_rate": stored.max_rate,
        "started_at": time_text(stored.started_at),
        "finished_at": time_text(stored.finished_at),
        "kind": "marketing" if stored.terms.is_marketing else "transactional",
        "quiet_hours": terms(stored.terms),
        "holidays": holidays(is_closed=stored.terms.closed_on_holidays),
        "local_time": clock_text(stored.terms.local_time),
        "target": stored.target.as_json() if stored.target else None,
        "recipient_count": stored.recipient_count,
        "results": counts(state),
        "messages": {status.value: number for status, number in state.counts.items()},
        "policy": policy(stored.policy),
        "template": _template(stored),
        "track_links": stored.track_links,
        "text": stored.text_stock,
        "links": links(stored.id),
    }


def _template(stored: StoredCampaign) -> dict[str, Any] | None:
    if stored.template_id is None:
        return None
    return {"id": stored.template_id, "version": stored.template_version}


def terms(held: Terms) -> str | dict[str, Any] | None:
    """The hours that a campaign keeps: a preset by name, or all days; null: none.

    Those of an operator's preset are shown, as it may have been changed since.
    """
    if held.window is None or held.window_name in PRESETS:
        return held.window_name
    named = {} if held.window_name is None else {"preset": held.window_name}
    return {**named, **days(held.window)}


def holidays(*, is_closed: bool) -> str:
    """May texts arrive on public holidays?"""
    return "closed" if is_closed else "open"


def days(window: Window) -> dict[str, Any]:
    """The hours of a window as clients give them."""
    shown = [day and [clock_text(day[0]), clock_text(day[1])] for day in window.days]
    return {"weekdays": shown[0], "saturday": shown[5], "sunday": shown[6]}


def clock_text(minutes: int | None) -> str | None:
    """Minutes after midnight as HH:MM."""
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def policy(rules: Policy) -> dict[str, Any]:
    """The rules that a campaign is held to, under the names that clients give them."""
    named = rules.as_json()
    named["resend_in_doubt_after"] = named.pop("resend_after")
    return named


def links(campaign_id: str) -> dict[str, str]:
    here = f"/api/campaigns/{campaign_id}"
    return {"self": here, "messages": f"{here}/messages", "refusals": f"{here}/refusals"}


def counts(state: CampaignState) -> dict[str, int]:
    """The tutorials' two counts, then what became of each recipient that was named.

    accepted + rejected + duplicate + opted_out + skipped is the number of recipients named.
    """
    stored = state.campaign
    return {
        "successful_count": sum(state.counts[status] for status in TAKEN),
        "failed_count": stored.rejected_count + state.counts[MessageStatus.FAILED],
        "accepted_count": stored.accepted_count,
        "rejected_count": stored.rejected_count,
        "duplicate_count": stored.duplicate_count,
        "opted_out_count": stored.opted_out_count,
        "not_valid_count": stored.not_valid_count,
        "skipped_count": stored.skipped_count,
    }


def launched(result: Launched, state: CampaignState) -> dict[str, Any]:
    """The answer to a campaign that was posted."""
    stored = state.campaign
    return {
        "status": "processing",
        "message": f"Campaign processing initiated for {stored.recipient_count} recipients.",
        "campaign": {
            "id": stored.id,
            "name": stored.name,
            "status": stored.status,
            "links": links(stored.id),
        },
        "results": _results(result, state),
    }


def draft(result: Launched) -> dict[str, Any]:
    """The answer to a campaign that was only kept."""
    return {**campaign(result.state), "results": _results(result, result.state)}


def _results(result: Launched, state: CampaignState) -> dict[str, Any]:
    refusals = result.addressees.refusals
    return {
        **counts(state),
        "refused": [refusal(each) for each in refusals[:SHOWN]],
        "refused_total": len(refusals),
        "not_valid": [refusal(each) for each in result.addressees.not_valid[:SHOWN]],
    }


def refusal(each: Refusal) -> dict[str, Any]:
    return {
        "index": each.position,
        "value": each.value,
        "reason": each.reason,
        "duplicate": each.duplicate,
    }


def message(stored: StoredMessage) -> dict[str, Any]:
    """A message as it stands."""
    return {
        "id": stored.id,
        "campaign_id": stored.campaign_id,
        "kind": stored.kind,
        "number": stored.number,
        "from": stored.sender,
        "text": stored.text,
        "segments": stored.segments,
        "status": stored.status,
        "status_at": time_text(stored.status_at),
        "due_at": None if stored.due_at == AT_ONCE else time_text(stored.due_at),
        "held": stored.hold_note,
        "reason": stored.reason,
        "error_code": stored.error_code,
        "attempts": stored.attempts,
        "created_at": time_text(stored.created_at),
        "sent_at": time_text(stored.sent_at),
        "accepted_at": time_text(stored.accepted_at),
        "final_at": time_text(stored.final_at),
        "message_uuid": stored.message_uuid,
        "price": None if stored.price is None else f"{stored.price.normalize():f}",
        "currency": stored.currency,
        "billed_segments": stored.billed_segments,
    }


def page(name: str, rows: Sequence[dict[str, Any]], following: str | None) -> dict[str, Any]:
    """A page and the address of the one behind it, or null at the end."""
    return {name: list(rows), "next": following}


def following(path: str, full: bool, **query: Any) -> str | None:  # noqa: FBT001 (reads as a sentence where it is called)
    """The address of the next page, if this one was full."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if full else None
