"""How a campaign went: where its recipients stayed, when, why, at what cost, with what echo."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.deliveries import Deliveries, deliveries_of
from app.domain.error_codes import FAILURES
from app.domain.failure_words import in_words, may_pass
from app.domain.funnel import Funnel, funnel
from app.domain.message import MessageStatus
from app.services.campaigns import CampaignState
from app.services.clock import Clock
from app.services.estimates import Reckoning, reckoned
from app.storage import deliveries, outlook
from app.storage.database import Database
from app.storage.outlook import Later


@dataclass(frozen=True, slots=True)
class FailureCount:
    """So many messages failed alike."""

    status: MessageStatus
    code: str | None
    messages: int

    @property
    def words(self) -> str:
        return in_words(self.status, self.code)

    @property
    def may_pass(self) -> bool:
        """May the same message go through later?"""
        return may_pass(self.status, self.code)


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign as it went so far."""

    at: datetime  # when that was
    reckoning: Reckoning  # the campaign itself, and its cost
    funnel: Funnel
    later: Later  # of those that are queued
    deliveries: Deliveries
    failures: Sequence[FailureCount]  # the most frequent first

    @property
    def state(self) -> CampaignState:
        return self.reckoning.state


class Reports:
    """Reads what is kept: it costs the same at any number of recipients."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, campaign_id: str) -> Report:
        """How the campaign went so far; raises NotFound."""
        now = self._clock.now()
        with self._database.reading() as session:
            reckoning = reckoned(session, campaign_id)
            campaign = reckoning.state.campaign
            later = outlook.later(session, campaign, now)
            counted = list(deliveries.counted(session, campaign.id))
        return Report(
            now,
            reckoning,
            funnel_of(reckoning.state),
            later,
            deliveries_of((each.minute, each.status, each.messages) for each in counted),
            _failures(counted),
        )


def funnel_of(state: CampaignState) -> Funnel:
    """Where the recipients of a campaign stayed."""
    campaign = state.campaign
    return funnel(
        campaign.recipient_count,
        campaign.rejected_count,
        campaign.duplicate_count,
        state.counts,
    )


def _failures(counted: Sequence[deliveries.Counted]) -> Sequence[FailureCount]:
    sums: Counter[tuple[MessageStatus, str | None]] = Counter()
    for each in counted:
        if each.status in FAILURES:
            sums[each.status, each.code] += each.messages
    found = [FailureCount(status, code, count) for (status, code), count in sums.items() if count]
    return sorted(found, key=lambda each: (-each.messages, each.status, each.code or ""))
