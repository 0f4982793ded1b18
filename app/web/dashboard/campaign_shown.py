"""How a campaign is shown: its funnel, its deliveries over time, and what holds it, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.deliveries import Deliveries
from app.domain.funnel import Funnel
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.domain.policy import BRAKE
from app.services.reports import Report
from app.storage.campaign_status import VONAGE
from app.web.dashboard import charts
from app.web.dashboard.wording import number, zone

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: how many came as far, and where those stayed who came no further."""

    name: str
    messages: int
    stayed: Sequence[tuple[str, str | None]]  # words, and what the recipients are filtered by


def steps(funnel: Funnel, counts: Mapping[MessageStatus, int]) -> list[Step]:
    """From those who were named to those who have it."""
    return [
        Step(
            "Named",
            funnel.recipients,
            _stayed(
                (funnel.refused, "refused", "refused"),
                (funnel.duplicates, "named twice", "refused"),
                (funnel.not_planned, "of a draft", None),
            ),
        ),
        Step(
            "Texts made",
            funnel.messages,
            _stayed(
                (funnel.waiting, "waiting", "queued"),
                (funnel.skipped, "skipped", "skipped"),
                (funnel.in_doubt, "in doubt", "in_doubt"),
                (funnel.refused_by_vonage, "refused by Vonage", "failed"),
            ),
        ),
        Step(
            "Sent",
            funnel.sent,
            _stayed(
                *((counts[status], words, status) for status, words in _AFTER_SENDING.items()),
            ),
        ),
        Step("Delivered", funnel.delivered, ()),
    ]


_AFTER_SENDING = {
    MessageStatus.ACCEPTED: "with Vonage",
    MessageStatus.SUBMITTED: "with the carrier",
    MessageStatus.UNDELIVERABLE: "not reached",
    MessageStatus.REJECTED: "refused by the carrier",
}


def _stayed(*found: tuple[int, str, str | None]) -> list[tuple[str, str | None]]:
    return [(f"{number(count)} {words}", status) for count, words, status in found if count]


def deliveries(kept: Deliveries) -> charts.Chart:
    """What became of messages, in the reader's zone."""
    series = {
        "delivered": [each.delivered for each in kept.spans],
        "failed": [each.failed for each in kept.spans],
        "on the way": [each.on_the_way for each in kept.spans],
    }
    times = [each.begins_at.astimezone(zone()) for each in kept.spans]
    return charts.bars("Deliveries over time", list(_labels(times, kept.width)), series)


def _labels(times: Sequence[datetime], width: timedelta) -> Iterator[str]:
    is_one_day = len({each.date() for each in times}) == 1
    for each in times:
        day, hour = f"{each.day} {each:%b}", f"{each:%H:%M}"
        yield day if width >= _DAY else hour if is_one_day else f"{day} {hour}"


def told(report: Report) -> list[tuple[str, str]]:
    """(kind of notice, words): what holds the campaign, and what a person should do about it."""
    campaign, found = report.state.campaign, []
    if campaign.status is CampaignStatus.PAUSED:
        found.append(("warn", _why_paused(campaign.status_by, campaign.status_reason)))
    if campaign.status is CampaignStatus.CANCELLED:
        reason = campaign.status_reason
        found.append(
            ("info", f"Cancelled by {campaign.status_by}{': ' if reason else ''}{reason or ''}.")
        )
    if campaign.status is CampaignStatus.SENDING and _is_watched(report):
        first = number(campaign.policy.canary)
        found.append(
            ("info", f"The first {first} are being watched; the others follow if these do well.")
        )
    found += [("warn", f"{words[:1].upper()}{words[1:]}.") for words in _alarms(report)]
    return found


_ADVICE = {
    BRAKE: "Look at the failures below. If you resume it, it goes on without these limits.",
    VONAGE: "Mend that at Vonage, resume, and send again what failed.",
}


def _why_paused(by: str | None, reason: str | None) -> str:
    why = f": {reason.rstrip('.')}" if reason else ""
    advice = _ADVICE.get(by or "", "What waits is sent when somebody resumes it.")
    return f"Paused by {by or 'somebody'}{why}. {advice}"


def _is_watched(report: Report) -> bool:
    campaign = report.state.campaign
    return not campaign.is_released and campaign.policy.canary is not None


def _alarms(report: Report) -> Sequence[str]:
    compared = report.reckoning.comparison
    return compared.alarms if compared else ()


_MOVES = {
    CampaignStatus.DRAFT: {"edit", "dry_run", "cancel"},
    CampaignStatus.SCHEDULED: {"edit", "dry_run", "pause", "cancel"},
    CampaignStatus.SENDING: {"pause", "cancel", "retry"},
    CampaignStatus.PAUSED: {"resume", "cancel", "retry"},
    CampaignStatus.FINISHED: {"retry"},
    CampaignStatus.CANCELLED: set[str](),
}


def moves(report: Report) -> set[str]:
    """What can be done to it now by whoever may send."""
    possible = _MOVES[report.state.campaign.status]
    return possible if report.failures else possible - {"retry"}
