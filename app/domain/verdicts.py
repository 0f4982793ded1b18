"""In one sentence: did they get it, and if not, why not?"""

from collections.abc import Iterator

from app.domain.history import History, KnownCampaign, KnownMessage
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageKind, MessageStatus
from app.domain.timeline import Verdict
from app.domain.told_people import why_refused
from app.domain.wording import at_time, because, why_skipped


def verdicts(history: History) -> Iterator[Verdict]:
    """One for each message, then one for each entry of a list that got none."""
    for message in history.messages:
        campaign = history.campaigns.get(message.campaign_id or "")
        yield Verdict(
            f"{_subject(message)}{_fate(history, message, campaign)}",
            message.campaign_id,
            campaign.name if campaign else None,
            message.id,
            message.status,
        )
    have_one = {message.campaign_id for message in history.messages}
    for refusal in history.refusals:
        if refusal.campaign_id not in have_one:
            name = history.campaigns[refusal.campaign_id].name
            yield Verdict(f"not sent: {why_refused(refusal)}", refusal.campaign_id, name)


def _subject(message: KnownMessage) -> str:
    return "our answer: " if message.kind is MessageKind.REPLY else ""


_FATES = {
    MessageStatus.SENDING: "being sent since {at}",
    MessageStatus.IN_DOUBT: "in doubt since {at}, it may have been sent{why}",
    MessageStatus.FAILED: "not sent: failed at {at}{why}",
    MessageStatus.ACCEPTED: "accepted by Vonage at {at}, no receipt has come yet",
    MessageStatus.SUBMITTED: "handed to the carrier at {at}, which has not said that it arrived",
    MessageStatus.UNDELIVERABLE: "not delivered: Vonage could not reach the carrier at {at}{why}",
    MessageStatus.REJECTED: "not delivered: the carrier refused it at {at}{why}",
    MessageStatus.DELIVERED: "delivered at {at}",
}


def _fate(history: History, message: KnownMessage, campaign: KnownCampaign | None) -> str:
    if message.status is MessageStatus.QUEUED:
        return _waiting(message, campaign)
    if message.status is MessageStatus.SKIPPED:
        return f"not sent: {why_skipped(message, history.consents)}"
    at, why = at_time(message.status_at), because(message.error_code, message.reason)
    return _FATES[message.status].format(at=at, why=why)


def _waiting(message: KnownMessage, campaign: KnownCampaign | None) -> str:
    if campaign is not None and campaign.status is CampaignStatus.PAUSED:
        reason = f": {campaign.status_reason}" if campaign.status_reason else ""
        return f"waiting: its campaign is paused by {campaign.status_by}{reason}"
    if campaign is not None and campaign.status is CampaignStatus.SCHEDULED:
        assert campaign.scheduled_at is not None
        return f"waiting: its campaign is scheduled for {at_time(campaign.scheduled_at)}"
    if message.attempts:
        why = because(message.error_code, message.reason)
        return f"waiting: to be tried again at {at_time(message.due_at)}{why}"
    if campaign is not None and campaign.canary_at is not None and not campaign.is_released:
        return f"waiting: the first {campaign.canary} of its campaign are being watched"
    return message.hold_note or f"waiting for its turn{_slowly(campaign)}"


def _slowly(campaign: KnownCampaign | None) -> str:
    rate = campaign.max_rate if campaign else None
    return f": its campaign sends {rate:g} a second at most" if rate is not None else ""
