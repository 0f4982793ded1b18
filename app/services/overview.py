"""What somebody wants to know in the morning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from app.domain.bulletin import Bulletin, bulletin, last_days
from app.domain.hooks import HookEndpoint
from app.services.campaigns import CampaignState
from app.services.clock import Clock
from app.storage import doubts, hook_endpoints, overview
from app.storage.campaigns import StoredCampaign
from app.storage.counts import counts_of
from app.storage.database import Database
from app.storage.doubts import Doubtful

_DAYS = 30
_FEW = 20  # of each kind; the list of campaigns has the rest
MANY_REVIEWS = 100  # counted no further


@dataclass(frozen=True, slots=True)
class Needs:
    """What waits for a person."""

    paused: Sequence[StoredCampaign]
    doubtful: Sequence[Doubtful]
    hooks: Sequence[HookEndpoint]  # that were given up
    reviews: int  # opt-outs in other words than a keyword; at most MANY_REVIEWS

    @property
    def is_any(self) -> bool:
        return bool(self.paused or self.doubtful or self.hooks or self.reviews)


class Overview:
    """Looks at everything, and at no single message."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def under_way(self) -> list[CampaignState]:
        """Campaigns that are sent now, then those that will be."""
        with self._database.reading() as session:
            found = overview.under_way(session, _FEW)
            counts = counts_of(session, [each.id for each in found])
        return [CampaignState(each, counts[each.id]) for each in found]

    def needs(self) -> Needs:
        """What waits for a person."""
        with self._database.reading() as session:
            return Needs(
                overview.paused(session, _FEW),
                doubts.campaigns(session, _FEW),
                hook_endpoints.disabled(session, _FEW),
                overview.reviews(session, MANY_REVIEWS),
            )

    def bulletin(self) -> Bulletin:
        """The last 30 days (UTC); messages count on the day that their campaign began."""
        days = last_days(self._clock.now().astimezone(UTC).date(), _DAYS)
        since = datetime.combine(days[0], time(), UTC)
        with self._database.reading() as session:
            return bulletin(
                days,
                overview.outcomes_by_day(session, since),
                overview.opt_outs_by_day(session, since),
                overview.spend_by_day(session, days[0]),
            )
