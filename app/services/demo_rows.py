"""The rows of one made-up message: itself, its attempt, its receipt, its short link."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.domain.demo_people import number_at
from app.domain.demo_story import (
    CANCELLED,
    HAS_NOT_LEFT,
    DemoCampaign,
    Fate,
    fates,
    link_in,
)
from app.domain.ids import time_behind, time_ordered_ids
from app.domain.lifecycle import CampaignStatus
from app.domain.message import FINAL, TAKEN, MessageKind, MessageStatus
from app.domain.segments import count_segments
from app.domain.short_links import slug_of
from app.domain.template import read_template
from app.storage.deliveries import DeliveryChanges, Stand

PRICE = Decimal("0.0079")
_RATE = 20  # messages a second, as it seems
_Row = dict[str, Any] | None


class CampaignRows:
    """The messages of one campaign, in the order in which they left."""

    def __init__(
        self, campaign: DemoCampaign, campaign_id: str, sender: str, contacts: int, draw: Random
    ) -> None:
        self._campaign, self._id, self._sender = campaign, campaign_id, sender
        self._contacts, self._draw = contacts, draw
        self._text = read_template(campaign.text).render({})
        self._segments = count_segments(self._text).segments
        self.counts: dict[MessageStatus, int] = {}
        self.deliveries = DeliveryChanges()
        self.ends_at = campaign.begins_at
        self.slugs: list[tuple[str, datetime]] = []

    @property
    def segments(self) -> int:
        return self._segments

    def told(self) -> Iterator[Mapping[str, _Row]]:
        """Each message with what is known of it; afterwards the counts are right."""
        campaign = self._campaign
        ids = time_ordered_ids(time_behind(self._id), self._draw.randbytes(10))
        is_cancelled = campaign.status is CampaignStatus.CANCELLED
        rest = [CANCELLED if is_cancelled else HAS_NOT_LEFT] * (campaign.size - campaign.sent)
        for place, fate in enumerate([*fates(campaign.sent, self._draw), *rest]):
            self.counts[fate.status] = self.counts.get(fate.status, 0) + 1
            yield self._of(next(ids), place, fate)

    def _of(self, message_id: str, place: int, fate: Fate) -> Mapping[str, _Row]:
        has_left = place < self._campaign.sent
        at = self._campaign.begins_at + timedelta(seconds=place / _RATE)
        later = at + timedelta(seconds=self._draw.expovariate(1 / 8))
        is_taken = has_left and fate.status in TAKEN
        uuid = str(UUID(int=self._draw.getrandbits(128), version=4)) if is_taken else None
        self.ends_at = max(self.ends_at, later if has_left else at)
        message = self._message(message_id, place, fate)
        message |= self._times(fate, at, later, is_taken=is_taken, has_left=has_left)
        message["message_uuid"] = uuid
        self.deliveries.add(self._id, Stand(fate.status, message["status_at"], fate.code))
        return {
            "message": message,
            "attempt": self._attempt(message_id, fate, at) if has_left else None,
            "receipt": self._receipt(message, fate, later) if uuid else None,
            "link": self._link(message_id, at) if self._campaign.has_links else None,
        }

    def _message(self, message_id: str, place: int, fate: Fate) -> dict[str, Any]:
        return {
            "id": message_id,
            "campaign_id": self._id,
            "kind": MessageKind.CAMPAIGN.value,
            "number": number_at((self._campaign.first + place) % self._contacts),
            "sender": self._sender,
            "text": self._text,
            "segments": self._segments,
            "status": fate.status.value,
            "reason": fate.reason,
            "error_code": fate.code,
            "earlier_attempts": 0,
            "due_at": self._campaign.begins_at,
            "created_at": self._campaign.begins_at,
        }

    def _times(
        self, fate: Fate, at: datetime, later: datetime, *, is_taken: bool, has_left: bool
    ) -> dict[str, Any]:
        return {
            "status_at": later if is_taken else at,
            "attempts": int(has_left),
            "sent_at": at if has_left else None,
            "accepted_at": at if is_taken else None,
            "final_at": later if fate.status in FINAL else None,
            "price": PRICE * self._segments if is_taken else None,
            "currency": "EUR" if is_taken else None,
            "billed_segments": self._segments if is_taken else None,
        }

    def _attempt(self, message_id: str, fate: Fate, at: datetime) -> dict[str, Any]:
        is_doubt = fate.status is MessageStatus.IN_DOUBT
        lasted = 20.0 if is_doubt else self._draw.uniform(0.1, 0.4)
        has_failed = fate.status is MessageStatus.FAILED
        return {
            "message_id": message_id,
            "number": 1,
            "claimed_at": at,
            "began_at": at,
            "ended_at": at + timedelta(seconds=lasted),
            "outcome": fate.outcome.value,
            "code": fate.code if has_failed else None,
            "reason": fate.reason if has_failed or is_doubt else None,
        }

    def _receipt(self, message: dict[str, Any], fate: Fate, at: datetime) -> dict[str, Any]:
        receipt = {
            "status": fate.status.value,
            "at": at.isoformat(),
            "message_uuid": message["message_uuid"],
            "error_code": fate.code,
            "reason": fate.reason,
            "price": str(message["price"]),
            "currency": "EUR",
            "segments": self._segments,
        }
        return {
            "id": next(time_ordered_ids(at, self._draw.randbytes(10))),
            "kind": "status",
            "event_key": f"demo:{message['message_uuid']}",
            "received_at": at,
            "body": json.dumps(receipt),
            "message_uuid": message["message_uuid"],
            "matched": True,
            "message_id": message["id"],
            "receipt": receipt,
        }

    def _link(self, message_id: str, at: datetime) -> dict[str, Any]:
        slug = slug_of(self._draw.randbytes(10))
        if len(self.slugs) < _FOLLOWED and self._draw.random() < _CLICKS:
            self.slugs.append((slug, at + timedelta(minutes=self._draw.expovariate(1 / 90))))
        return {
            "slug": slug,
            "campaign_id": self._id,
            "message_id": message_id,
            "url": link_in(self._campaign.text),
            "created_at": at,
        }


_CLICKS = 0.12
_FOLLOWED = 5_000  # links that somebody followed, of one campaign
