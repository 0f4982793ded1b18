"""Short links: where they lead, and who followed them."""

import logging
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from app.domain.bots import Visit, visitor_of
from app.domain.errors import CarillonError, NotFound
from app.domain.ids import is_id
from app.domain.short_links import is_slug, leads_somewhere
from app.services.clock import Clock
from app.storage import campaigns, links
from app.storage.database import Database
from app.storage.links import LinkCount, NewClick, Target

_log = logging.getLogger(__name__)

_MOST_WAITING = 10_000  # clicks that are kept while the database cannot be written to
_TOGETHER = 500


class Links:
    """Tell where a link leads; count who follows it, whenever there is time for that."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[NewClick] = deque(maxlen=_MOST_WAITING)
        self._writer = threading.Lock()

    def follow(self, slug: str) -> Target:
        """Where the link leads, always to a page of the web; raises NotFound."""
        found = None
        if is_slug(slug):
            with self._database.reading() as session:
                found = links.target(session, slug)
        if found is None or not leads_somewhere(found.url):
            raise NotFound("there is no such link")
        return found

    def count(self, slug: str, target: Target, method: str, headers: Mapping[str, str]) -> None:
        """Count a click, never raising: one that cannot be stored now is stored with the next.

        Only one thread at a time writes, so a busy database holds up no more than that one.
        """
        now = self._clock.now()
        visitor = visitor_of(Visit(method, headers, now, target.sent_at))
        click = NewClick(slug, now, visitor.is_bot, visitor.reason, visitor.device)
        self._waiting.append(click)
        while self._waiting and self._writer.acquire(blocking=False):
            try:
                is_done = self._write()
            finally:
                self._writer.release()
            if not is_done:
                return

    def _write(self) -> bool:
        """Store what waits; False where the database does not take it now."""
        clicks: list[NewClick] = []
        with suppress(IndexError):
            while len(clicks) < _TOGETHER:
                clicks.append(self._waiting.popleft())
        try:
            with self._database.writing() as session:
                links.count(session, clicks)
        except CarillonError as error:
            self._waiting.extendleft(reversed(clicks))
            _log.warning("clicks_wait", extra={"clicks": len(clicks), "reason": str(error)})
            return False
        except Exception:  # noqa: BLE001 (a redirect never fails for its count)
            _log.exception("clicks_lost", extra={"clicks": len(clicks)})
            return False
        return True

    def of_campaign(self, campaign_id: str, limit: int) -> list[LinkCount]:
        """The campaign's links that most people got, and their clicks; raises NotFound."""
        with self._database.reading() as session:
            if not is_id(campaign_id) or campaigns.find(session, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            return links.counts_of(session, campaign_id, limit)
