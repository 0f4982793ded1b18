"""How campaigns begin, stop and end: each step is one move of the state machine."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import Action, CampaignStatus, moved
from app.domain.message import OPEN, MessageStatus
from app.domain.policy import Policy
from app.domain.timeline import Source
from app.storage import hook_news, messages, orders
from app.storage.campaign_events import START, NewCampaignEvent, note
from app.storage.columns import UtcDateTime
from app.storage.messages import Heard
from app.storage.tables import Campaign, Heartbeat, Message, MessageCount
from app.storage.upsert import insert

_AT_ONCE = 1_000  # messages that are skipped in one transaction
_BEAT = timedelta(seconds=5)
_SET_BACK = timedelta(minutes=1)  # clocks of several machines differ by less
_DISPATCH = "dispatch"
_LATE = "late start"
VONAGE = "Vonage"  # by whom a campaign was paused when its answers say that all would fail
_NO_LONGER_PLANNED = {CampaignStatus.SENDING, CampaignStatus.CANCELLED}


def move(
    session: Session, campaign_id: str, action: Action, by: str, reason: str | None, now: datetime
) -> CampaignStatus:
    """Take one step; returns the new status. Raises WrongStatus when it may not be now."""
    row = session.execute(
        select(Campaign.status, Campaign.scheduled_at)
        .where(Campaign.id == campaign_id)
        .with_for_update(key_share=True)
    ).one()
    status = moved(CampaignStatus(row.status), action, row.scheduled_at, now)
    values: dict[str, object] = {"status": status, "status_reason": reason, "status_by": by}
    if status is CampaignStatus.SENDING:
        values["started_at"] = func.coalesce(Campaign.started_at, now)
        values["finished_at"] = None
    if status in _NO_LONGER_PLANNED:
        orders.drop(session, [campaign_id])
    session.execute(update(Campaign).where(Campaign.id == campaign_id).values(values))
    note(session, NewCampaignEvent(campaign_id, action, Source.CLIENT, by, reason), now)
    return status


def pause(session: Session, campaign_id: str, by: str, reason: str, now: datetime) -> None:
    """Stop claiming, on behalf of a rule; whatever is no longer sending stays as it is."""
    paused = session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status == CampaignStatus.SENDING)
        .values(status=CampaignStatus.PAUSED, status_by=by, status_reason=reason)
        .returning(Campaign.id)
    ).first()
    if paused:
        source = Source.CARRIER if by == VONAGE else Source.US
        note(session, NewCampaignEvent(campaign_id, Action.PAUSE, source, by, reason), now)


def moments_of_work(session: Session, now: datetime, soon: datetime) -> list[datetime]:
    """When somebody should look at the outbox: now if anything may go, and when campaigns begin."""
    begins = session.scalars(
        select(Campaign.scheduled_at)
        .where(Campaign.status == CampaignStatus.SCHEDULED, Campaign.scheduled_at <= soon)
        .distinct()
    )
    may_go = select(Campaign.id).where(Campaign.status == CampaignStatus.SENDING)
    single = select(Message.id).where(
        Message.campaign_id.is_(None), Message.status == MessageStatus.QUEUED, Message.due_at <= now
    )
    is_any = session.scalar(select(may_go.exists() | single.exists()))
    moments = {max(at, now) for at in begins if at is not None}
    return sorted(moments | {now} if is_any else moments)


def start_due(session: Session, now: datetime) -> None:
    """Begin the campaigns whose time has come; one whose time is long past waits for a person."""
    due = session.execute(
        select(Campaign.id, Campaign.scheduled_at, Campaign.policy)
        .where(Campaign.status == CampaignStatus.SCHEDULED, Campaign.scheduled_at <= now)
        .order_by(Campaign.id)
        # One that somebody is changing at this moment can wait for the next claim.
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    for row in due:
        values: dict[str, object] = {"status": CampaignStatus.SENDING, "started_at": now}
        event = NewCampaignEvent(row.id, START, Source.US, "schedule")
        if _is_late(Policy.from_json(row.policy), now - row.scheduled_at):
            reason = (
                f"it was to begin at {row.scheduled_at:%Y-%m-%d %H:%M} UTC and"
                " could not. Resume it if it may still go out now."
            )
            values = {"status": CampaignStatus.PAUSED, "status_by": _LATE, "status_reason": reason}
            event = NewCampaignEvent(row.id, Action.PAUSE, Source.US, _LATE, reason)
        _leave_schedule(session, values, event, now)


def _leave_schedule(
    session: Session, values: Mapping[str, object], event: NewCampaignEvent, now: datetime
) -> None:
    """Another process may have seen the same campaign due: only one of them moves it."""
    moved_on = session.execute(
        update(Campaign)
        .where(Campaign.id == event.campaign_id, Campaign.status == CampaignStatus.SCHEDULED)
        .values(values)
        .returning(Campaign.id)
    ).first()
    if moved_on:
        note(session, event, now)
    if moved_on and values["status"] in _NO_LONGER_PLANNED:
        orders.drop(session, [event.campaign_id])


def watch_clock(session: Session, now: datetime) -> None:
    """Pause what was being sent when everything stood still for long: people are asleep now.

    When the clock was set back, times that were noted before lie in its future: nothing waits
    for those.
    """
    seen = session.scalar(select(Heartbeat.at).where(Heartbeat.name == _DISPATCH))
    if seen is not None and timedelta(0) <= now - seen < _BEAT:
        return
    if seen is not None:
        _pause_after_silence(session, seen, now)
        if seen - now > _SET_BACK:
            messages.disbelieve_times(session, now)
            wrong = update(Campaign).where(Campaign.canary_at > now)
            session.execute(wrong.values(canary_at=now))
    beat = insert(session, Heartbeat).values(name=_DISPATCH, at=now)
    session.execute(beat.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def _pause_after_silence(session: Session, seen: datetime, now: datetime) -> None:
    rows = session.execute(
        select(Campaign.id, Campaign.policy).where(Campaign.status == CampaignStatus.SENDING)
    ).all()
    reason = (
        f"nothing was sent from {seen:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC."
        " Resume it if it may still go out now."
    )
    for row in rows:
        if _is_late(Policy.from_json(row.policy), now - seen):
            pause(session, row.id, _LATE, reason, now)


def _is_late(policy: Policy, delay: timedelta) -> bool:
    return policy.late_tolerance is not None and delay.total_seconds() > policy.late_tolerance


def skip_waiting(session: Session, campaign_id: str, reason: str, now: datetime) -> int:
    """Skip some of what a campaign has queued; returns how many. Call it until that is 0."""
    waiting = session.scalars(
        select(Message.id)
        .where(Message.campaign_id == campaign_id, Message.status == MessageStatus.QUEUED)
        .order_by(Message.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    messages.advance(session, [Heard(each, MessageStatus.SKIPPED, now, reason) for each in waiting])
    return len(waiting)


def clear_cancelled(session: Session, now: datetime) -> None:
    """Skip what cancelled campaigns still have queued, some at every call."""
    cancelled = session.scalars(
        select(Campaign.id).where(
            Campaign.status == CampaignStatus.CANCELLED, Campaign.finished_at.is_(None)
        )
    ).all()
    for campaign_id in cancelled:
        if not skip_waiting(session, campaign_id, "the campaign was cancelled", now):
            # What was on its way may still come back to the queue: then this is not the end.
            ended = {"campaign": campaign_id, "now": now}
            ids = session.connection().execute(_END_CANCELLED, ended).scalars().all()
            hook_news.campaigns_ended(session, ids, now)


def finish_done(session: Session, campaign_ids: Iterable[str], now: datetime) -> None:
    """Finish those that have nothing queued and nothing being sent.

    Messages in doubt do not hold a campaign open: they wait for a receipt or for a person.
    """
    ids = sorted(campaign_ids)
    if not ids:
        return
    ended = session.connection().execute(_FINISH, {"ids": ids, "now": now}).scalars().all()
    hook_news.campaigns_ended(session, ended, now)


_NOTHING_OPEN = (
    select(func.coalesce(func.sum(MessageCount.count), 0))
    .where(MessageCount.campaign_id == Campaign.id, MessageCount.status.in_(OPEN))
    .scalar_subquery()
    == 0
)
_FINISH = (
    update(Campaign.__table__)  # type: ignore[arg-type]  # a Table, which the mapping does not say
    .where(
        Campaign.id.in_(bindparam("ids", expanding=True)),
        Campaign.status == CampaignStatus.SENDING,
        _NOTHING_OPEN,
    )
    .values(status=CampaignStatus.FINISHED, finished_at=bindparam("now", type_=UtcDateTime))
    .returning(Campaign.id)
)
_END_CANCELLED = (
    update(Campaign.__table__)  # type: ignore[arg-type]  # the same
    .where(Campaign.id == bindparam("campaign"), _NOTHING_OPEN)
    .values(finished_at=bindparam("now", type_=UtcDateTime))
    .returning(Campaign.id)
)
