"""What held a campaign or let it go on: written beside its status, for whoever asks later."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.timeline import Source
from app.storage.ledgers import CampaignEvent

START = "started"  # its time came
RELEASE = "released"  # its canary is over


@dataclass(frozen=True, slots=True)
class NewCampaignEvent:
    """Something that happened to a campaign as a whole."""

    campaign_id: str
    event: str
    source: Source
    by: str  # the person or the rule
    reason: str | None = None


def note(session: Session, event: NewCampaignEvent, now: datetime) -> None:
    """Add to the history of a campaign. Nothing there is ever changed."""
    session.execute(insert(CampaignEvent), [{**asdict(event), "at": now}])
