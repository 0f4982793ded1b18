"""The short links of a campaign that is being queued: named, put into the texts, and stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.campaign import PlannedMessage
from app.domain.short_links import named
from app.storage import links
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session
from app.storage.links import NewLink


@dataclass(frozen=True, slots=True)
class Supply:
    """What queueing draws from: ids of messages in order, names for links, where links begin."""

    ids: Iterator[str]
    slugs: Iterator[str]
    link_base: str | None = None


class ShortLinks:
    """Gives each link in a message its name, and stores what was named when it is told to."""

    def __init__(
        self, session: Session, campaign: StoredCampaign, supply: Supply, now: datetime
    ) -> None:
        self._session = session
        self._campaign_id = campaign.id
        self._supply = supply
        self._now = now
        self._waiting: list[NewLink] = []

    def text_of(self, message_id: str, message: PlannedMessage) -> str:
        """The text of the message with the links that this recipient gets."""
        base = self._supply.link_base
        if not message.links or base is None:
            return message.text
        slugs = {link: next(self._supply.slugs) for link in dict.fromkeys(message.links)}
        self._waiting += [
            NewLink(slug, self._campaign_id, message_id, link) for link, slug in slugs.items()
        ]
        return named(message.text, base, message.links, slugs)

    def store(self) -> None:
        """Store the links that were named since the last time."""
        if self._waiting:
            links.add(self._session, self._waiting, self._now)
            self._waiting = []
