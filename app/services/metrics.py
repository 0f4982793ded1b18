"""What Prometheus is told: what processes counted, and what the database says now."""

import platform
from collections.abc import Iterator
from datetime import datetime

from app.domain.errors import TryAgain
from app.meters import Asked, Meters, sender_label
from app.services.clock import Clock
from app.storage import condition, gauges, senders
from app.storage.database import Database, Session
from app.version import VERSION


class Metrics:
    """One page for all processes of this machine."""

    def __init__(
        self, database: Database, clock: Clock, default_rate: float, meters: Meters
    ) -> None:
        self._database = database
        self._clock = clock
        self._default_rate = default_rate
        self.meters = meters

    def page(self) -> bytes:
        """Everything, in Prometheus' own format; without the database what needs none."""
        return self.meters.page(self._asked())

    def _asked(self) -> list[Asked]:
        build = Asked("carillon_build_info", 1, (VERSION, platform.python_version()))
        now = self._clock.now()
        try:
            with self._database.reading() as session:
                told = [
                    *_queue(session, now),
                    *_paces(session, self._default_rate, now),
                    *_hooks(session, now),
                ]
        except TryAgain:
            return [build, Asked("carillon_database_up", 0)]
        return [build, Asked("carillon_database_up", 1), *told]


def _queue(session: Session, now: datetime) -> Iterator[Asked]:
    for status, (count, queued) in gauges.campaigns(session).items():
        yield Asked("carillon_campaigns", count, (status,))
        yield Asked("carillon_queued_messages", queued, (status,))
    yield Asked("carillon_queued_messages", condition.waiting_of_none(session), ("single",))
    for lane, since in (
        ("campaign", condition.oldest_of_campaigns(session, now)),
        ("single", condition.oldest_alone(session, now)),
    ):
        yield Asked("carillon_oldest_due_age_seconds", gauges.age(since, now), (lane,))
    yield Asked("carillon_in_doubt_messages", gauges.in_doubt(session))
    seen = condition.looked_at(session)
    at = seen.timestamp() if seen else 0.0
    yield Asked("carillon_dispatcher_seen_timestamp_seconds", at)


def _hooks(session: Session, now: datetime) -> Iterator[Asked]:
    standing = gauges.hooks(session, now)
    about = "carillon_outgoing_webhook"
    yield Asked(f"{about}_waiting_deliveries", standing.waiting)
    yield Asked(f"{about}_oldest_due_age_seconds", gauges.age(standing.oldest, now))
    yield Asked(f"{about}_disabled_endpoints", standing.disabled)


def _paces(session: Session, default_rate: float, now: datetime) -> Iterator[Asked]:
    for each in senders.everyone(session, default_rate):
        label = (sender_label(each.name),)
        yield Asked("carillon_sender_configured_rate", each.pace.rate, label)
        yield Asked("carillon_sender_allowed_rate", each.pace.rate_at(now.timestamp()), label)
