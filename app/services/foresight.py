"""What is foreseen of a campaign: kept when it is planned, and compared with what was promised."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime

from app.domain.campaign import PlannedMessage
from app.domain.errors import FixInput, Mistake, PreviewChanged
from app.domain.estimate import Estimate, estimate
from app.domain.seal import Seal, differences
from app.domain.tally import Tally
from app.storage import estimates, previews, prices, senders
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session


class Foresight:
    """Watches one campaign being planned."""

    def __init__(self, rate: float, token: str | None = None) -> None:
        """`rate` is that of senders without one of their own; `token` names a preview to keep."""
        self._rate = rate
        self._token = token
        self._tally: Tally | None = None

    def watch(
        self, campaign: StoredCampaign, planned: Iterable[PlannedMessage], now: datetime
    ) -> Iterator[PlannedMessage]:
        """The same decisions, added up as they go by."""
        begins = begins_at(campaign.scheduled_at, now)
        self._tally = Tally(begins, is_sealed=self._token is not None)
        return self._tally.watch(planned)

    def settle(self, session: Session, campaign: StoredCampaign, now: datetime) -> None:
        """Keep the estimate, once every decision has gone by.

        Raises PreviewChanged when they are not those of the preview, so that nothing is stored,
        and FixInput when there is no such preview.
        """
        assert self._tally is not None
        check(session, campaign, self._tally, self._token, now)
        foreseen = estimate_of(session, campaign, self._tally, self._rate, now)
        estimates.keep(session, campaign.id, foreseen)


def begins_at(scheduled_at: datetime | None, now: datetime) -> datetime:
    """When a campaign begins that is let go now."""
    return max(now, scheduled_at) if scheduled_at is not None else now


def estimate_of(
    session: Session, campaign: StoredCampaign, tally: Tally, default_rate: float, now: datetime
) -> Estimate:
    """What these decisions cost, and when they are done, at the slower of both rates."""
    sender = senders.find(session, campaign.sender, default_rate)
    rate = sender.pace.rate if sender else default_rate
    rate = min(rate, campaign.max_rate or rate)
    policy = campaign.policy
    wait = policy.canary_wait if policy.needs_canary(tally.messages) else 0.0
    return estimate(tally, prices.all_of(session, now), rate, wait, now)


def seal_of(campaign: StoredCampaign, tally: Tally) -> Seal:
    """What a preview promises of a campaign."""
    return tally.sealing.seal(campaign.sender, campaign.message)


def check(
    session: Session, campaign: StoredCampaign, tally: Tally, token: str | None, now: datetime
) -> None:
    """Raise PreviewChanged when the decisions are not those of the preview; no token: never."""
    if token is None:
        return
    promised = previews.find(session, campaign.id, token, now)
    if promised is None:
        hours = previews.VALID_FOR.total_seconds() / 3600
        detail = f"names no preview of this campaign from the last {hours:g} hours: make a new one"
        raise FixInput([Mistake("/preview_token", detail)])
    if changed := differences(promised, seal_of(campaign, tally)):
        raise PreviewChanged(campaign.id, [asdict(each) for each in changed])
