"""A restored database is in the past: whatever waited in it may have been sent since.

Nobody can tell, so all of it is in doubt, and what was to go on by itself waits for a person.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select, update

from app.domain.lifecycle import Action, CampaignStatus
from app.domain.message import OPEN, MessageStatus
from app.domain.policy import Policy
from app.domain.timeline import Source
from app.storage import hook_endpoints, messages
from app.storage.campaign_events import NewCampaignEvent, note
from app.storage.database import Session
from app.storage.messages import Heard
from app.storage.tables import Campaign, Heartbeat, Message, MessageCount

BY = "restore"  # by whom campaigns were paused
_AT_ONCE = 1_000
_GOES_ON = (CampaignStatus.SENDING, CampaignStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Held:
    """How much waits for a person now."""

    campaigns: int  # paused
    messages: int  # in doubt
    drafts: int  # that may have been launched since


def hold(session: Session, taken_at: datetime, now: datetime) -> Held:
    """Let nothing of this leave by itself; within the transaction that brought it back."""
    why = f"restored from a backup of {taken_at:%Y-%m-%d %H:%M} UTC"
    paused = _pause(session, f"{why}: see what was sent since, then resume it", now)
    doubted = _doubt(session, f"{why}: it may have been sent since", now)
    _resend_nothing(session)
    hook_endpoints.disable_all(session, f"{why}: what waits may have been told since", now)
    session.execute(delete(Heartbeat))  # whoever looked at the outbox then was another service
    drafts = select(func.count()).where(Campaign.status == CampaignStatus.DRAFT)
    return Held(paused, doubted, session.scalar(drafts) or 0)


def _pause(session: Session, reason: str, now: datetime) -> int:
    ids = session.scalars(select(Campaign.id).where(Campaign.status.in_(_GOES_ON))).all()
    for campaign_id in ids:
        note(session, NewCampaignEvent(campaign_id, Action.PAUSE, Source.US, BY, reason), now)
    held = {"status": CampaignStatus.PAUSED, "status_by": BY, "status_reason": reason}
    session.execute(update(Campaign).where(Campaign.status.in_(_GOES_ON)).values(held))
    return len(ids)


def _doubt(session: Session, reason: str, now: datetime) -> int:
    """Whatever was queued, or on its way, of campaigns and of none."""
    waiting = select(Message.id).where(Message.status.in_(OPEN)).order_by(Message.id)
    count = 0
    while ids := session.scalars(waiting.limit(_AT_ONCE)).all():
        news = [Heard(each, MessageStatus.IN_DOUBT, now, reason) for each in ids]
        messages.advance(session, news)
        count += len(ids)
    return count


def _resend_nothing(session: Session) -> None:
    """What is in doubt is sent again by people alone."""
    doubtful = select(MessageCount.campaign_id).where(
        MessageCount.status == MessageStatus.IN_DOUBT, MessageCount.count != 0
    )
    rows = session.execute(
        select(Campaign.id, Campaign.policy).where(Campaign.id.in_(doubtful))
    ).all()
    for row in rows:
        policy = Policy.from_json(row.policy)
        if policy.resend_after is not None:
            calm = replace(policy, resend_after=None).as_json()
            session.execute(update(Campaign).where(Campaign.id == row.id).values(policy=calm))
