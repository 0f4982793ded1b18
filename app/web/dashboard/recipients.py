"""The recipients of a campaign: who got it, who did not, and why; searched, and as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.campaign import Refusal
from app.domain.error_codes import FAILURES
from app.domain.errors import InvalidNumber
from app.domain.failure_words import in_words
from app.domain.message import MessageStatus
from app.domain.phone import read_number
from app.storage.message_list import StoredMessage, Wanted
from app.web.context import services
from app.web.csv_answers import csv_answer
from app.web.dashboard.asked import SHOWN, asked, asked_id, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import page

recipients = Blueprint("recipients", __name__, url_prefix="/campaigns")

REFUSED = "refused"
_LAST_PLACE = 2**31 - 1  # of a list, as databases count
_STATES = {
    "": "All texts",
    MessageStatus.QUEUED.value: "Waiting",
    MessageStatus.SENDING.value: "Being sent",
    MessageStatus.SKIPPED.value: "Skipped",
    MessageStatus.IN_DOUBT.value: "In doubt",
    MessageStatus.FAILED.value: "Refused by Vonage",
    MessageStatus.ACCEPTED.value: "Taken by Vonage",
    MessageStatus.SUBMITTED.value: "With the carrier",
    MessageStatus.DELIVERED.value: "Delivered",
    MessageStatus.UNDELIVERABLE.value: "Carrier not reached",
    MessageStatus.REJECTED.value: "Refused by the carrier",
    REFUSED: "No text was made",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A text to a recipient, and why it stands where it stands."""

    message: StoredMessage
    why: str


@recipients.get("/<campaign_id>/recipients.csv")
@page()
def download(campaign_id: str) -> Response:
    """What became of every recipient."""
    table = services().exports.outcomes(campaign_id, with_text=False)
    return csv_answer(f"campaign-{campaign_id}.csv", table.header, table.rows)


def rows(campaign_id: str) -> dict[str, Any]:
    """What the address asks for, as the page of the campaign shows it."""
    filters = {name: asked(name) for name in ("status", "code", "number")}
    form, more = Form(filters), None
    found: Sequence[Row] = ()
    refusals: Sequence[Refusal] = ()
    if filters["status"] == REFUSED:
        refusals, more = _refusals(campaign_id, filters)
    else:
        try:
            found, more = _messages(campaign_id, filters)
        except InvalidNumber as error:
            form = Form(filters, {"number": f"{error}. Write the whole number"})
    return {
        "form": form,
        "states": list(_STATES.items()),
        "rows": found,
        "refusals": refusals,
        "is_searched": any(filters.values()),
        "more": more,
        "first": _address(campaign_id, filters) if request.args.get("after") else None,
    }


def _messages(campaign_id: str, filters: Mapping[str, str]) -> tuple[Sequence[Row], str | None]:
    status = filters["status"] if filters["status"] in set(MessageStatus) else None
    wanted = Wanted(
        MessageStatus(status) if status else None,
        filters["code"] or None,
        read_number(filters["number"]) if filters["number"] else None,
    )
    after = asked_id("after")
    found, last = cut(services().campaigns.messages(campaign_id, wanted, after, SHOWN + 1))
    more = _address(campaign_id, filters, last.id) if last else None
    return [Row(each, _why(each)) for each in found], more


def _refusals(campaign_id: str, filters: Mapping[str, str]) -> tuple[Sequence[Refusal], str | None]:
    after = min(max(-1, request.args.get("after", -1, int)), _LAST_PLACE)
    found, last = cut(services().campaigns.refusals(campaign_id, after, SHOWN + 1))
    return found, _address(campaign_id, filters, last.position) if last else None


def _address(campaign_id: str, filters: Mapping[str, str], after: str | int | None = None) -> str:
    named: dict[str, Any] = {name: value or None for name, value in filters.items()}
    return url_for(
        "dashboard.campaigns.find",
        campaign_id=campaign_id,
        after=after,
        _anchor="recipients",
        **named,
    )


def _why(message: StoredMessage) -> str:
    if message.status in FAILURES:
        words = in_words(message.status, message.error_code)
        return f"{words} ({message.reason})" if message.reason else words
    if message.status is MessageStatus.QUEUED:
        return message.hold_note or message.reason or ""
    return message.reason or ""
