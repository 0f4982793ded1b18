"""The life of a campaign: one state machine, and who moved it."""

from datetime import datetime
from enum import StrEnum

from app.domain.errors import WrongStatus


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"  # can be changed, sends nothing
    SCHEDULED = "scheduled"  # its time has not come
    SENDING = "sending"
    PAUSED = "paused"  # by a person or by a rule: `status_by` and `status_reason` say which
    FINISHED = "finished"  # nothing is queued or being sent; some may be in doubt
    CANCELLED = "cancelled"  # what was still waiting is skipped


NOT_BEGUN = (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED)
"""What can still be changed, previewed and let go."""


class Action(StrEnum):
    """What can be done to a campaign."""

    EDIT = "edited"
    ADJUST = "adjusted"  # its name and its brake alone, which even a paused one can have changed
    LAUNCH = "launched"
    SCHEDULE = "scheduled"
    PAUSE = "paused"
    RESUME = "resumed"
    CANCEL = "cancelled"
    FINISH = "finished"
    REOPEN = "reopened"  # some of its messages are to be sent again


_ALLOWED = {
    Action.EDIT: {*NOT_BEGUN},
    Action.ADJUST: {*NOT_BEGUN, CampaignStatus.PAUSED},
    Action.LAUNCH: {*NOT_BEGUN},
    Action.SCHEDULE: {*NOT_BEGUN},
    Action.PAUSE: {CampaignStatus.SCHEDULED, CampaignStatus.SENDING},
    Action.RESUME: {CampaignStatus.PAUSED},
    Action.CANCEL: {
        CampaignStatus.DRAFT,
        CampaignStatus.SCHEDULED,
        CampaignStatus.SENDING,
        CampaignStatus.PAUSED,
    },
    Action.FINISH: {CampaignStatus.SENDING},
    Action.REOPEN: {CampaignStatus.SENDING, CampaignStatus.PAUSED, CampaignStatus.FINISHED},
}

_LEADS_TO = {
    Action.LAUNCH: CampaignStatus.SENDING,
    Action.SCHEDULE: CampaignStatus.SCHEDULED,
    Action.PAUSE: CampaignStatus.PAUSED,
    Action.CANCEL: CampaignStatus.CANCELLED,
    Action.FINISH: CampaignStatus.FINISHED,
}


def moved(
    status: CampaignStatus, action: Action, scheduled_at: datetime | None, now: datetime
) -> CampaignStatus:
    """The status after an action. Raises WrongStatus, naming it, when it is not allowed."""
    if status not in _ALLOWED[action]:
        fitting = ", ".join(sorted(_ALLOWED[action]))
        raise WrongStatus(
            status, f"a campaign that is {status} cannot be {action}, only one that is {fitting}"
        )
    if action is Action.RESUME:
        later = scheduled_at is not None and scheduled_at > now
        return CampaignStatus.SCHEDULED if later else CampaignStatus.SENDING
    if action is Action.REOPEN:
        held = status is CampaignStatus.PAUSED
        return CampaignStatus.PAUSED if held else CampaignStatus.SENDING
    return _LEADS_TO.get(action, status)
