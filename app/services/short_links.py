"""The short links of a campaign that is being queued: named, put into the texts, and stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

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
    """Gives each message its id, and each link in it a name; stores links in large lots."""

    def __init__(
        self, session: Session, campaign: StoredCampaign, supply: Supply, now: datetime
    ) -> None:
        self._session = session
        self._campaign_id = campaign.id
        self._supply = supply
        self._now = now
        self._waiting: list[NewLink] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._store()

    def named(self, message: PlannedMessage) -> tuple[str, str]:
        """The id of the message, and its text with the links that this recipient gets."""
        message_id = next(self._supply.ids)
        base = self._supply.link_base
        if not message.links or base is None:
            return message_id, message.text
        slugs = {link: next(self._supply.slugs) for link in dict.fromkeys(message.links)}
        self._waiting += [
            NewLink(slug, self._campaign_id, message_id, link) for link, slug in slugs.items()
        ]
        if len(self._waiting) >= links.CHUNK:
            self._store()
        return message_id, named(message.text, base, message.links, slugs)

    def _store(self) -> None:
        links.add(self._session, self._waiting, self._now)
        self._waiting = []
