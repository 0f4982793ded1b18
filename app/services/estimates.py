"""Estimate against actual: what was foreseen of a campaign, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.domain.drift import Comparison, by_currency, compare
from app.domain.estimate import Estimate
from app.services.campaigns import CampaignState, state_of
from app.storage import estimates
from app.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A campaign's estimate beside the truth as far as it is known; None: it was never planned."""

    state: CampaignState
    foreseen: Estimate | None
    comparison: Comparison | None
    charged: Mapping[str, Decimal]  # by currency


class Estimates:
    """Compare what was foreseen with what was charged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, campaign_id: str) -> Reckoning:
        """The same cost at any number of recipients; raises NotFound."""
        with self._database.reading() as session:
            return reckoned(session, campaign_id)


def reckoned(session: Session, campaign_id: str) -> Reckoning:
    """The same within a transaction."""
    state = state_of(session, campaign_id)
    foreseen = estimates.find(session, campaign_id)
    charged = estimates.charged(session, campaign_id)
    finished = state.campaign.finished_at
    comparison = compare(foreseen, charged, finished) if foreseen else None
    return Reckoning(state, foreseen, comparison, by_currency(charged))
