"""What news makes of one message: its status by rank, its facts, and whose try is meant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.country import country_of
from app.domain.message import FINAL, DeliveryReceipt, MessageStatus, furthest
from app.domain.second_try import EarlierTry, Meaning, Tries
from app.storage.spend import Price

_NO_REASON = "the carrier gave no reason"
_FAILED = frozenset({MessageStatus.UNDELIVERABLE, MessageStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Heard:
    """Something heard about a message. What is None was not said, and changes nothing."""

    message_id: str
    status: MessageStatus
    at: datetime
    reason: str | None = None
    error_code: str | None = None
    message_uuid: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    segments: int | None = None
    attempt: int | None = None  # which one, where it is our own record of an attempt
    is_receipt: bool = False

    @classmethod
    def from_receipt(cls, message_id: str, receipt: DeliveryReceipt) -> "Heard":
        """What a delivery receipt tells of this message."""
        return cls(
            message_id,
            receipt.status,
            receipt.at,
            receipt.reason or (_NO_REASON if receipt.status in _FAILED else None),
            receipt.error_code,
            receipt.message_uuid,
            receipt.price,
            receipt.currency,
            receipt.segments,
            is_receipt=True,
        )

    @property
    def is_of_a_try(self) -> bool:
        """Does it tell of one try, rather than of the message as a whole?"""
        return self.is_receipt or self.attempt is not None


@dataclass(frozen=True, slots=True)
class Subject:
    """What no news changes: whose message it is, and how long."""

    campaign_id: str | None
    number: str
    segments: int  # as counted by us


class Hearing:
    """One message while news of it is taken in."""

    def __init__(
        self, state: dict[str, Any], subject: Subject, earlier: Sequence[EarlierTry]
    ) -> None:
        self.state = state
        self.prices: list[Price] = []
        self.learnt: dict[int, EarlierTry] = {}  # by attempt: earlier tries we know more of
        self._subject = subject
        self._earlier = list(earlier)

    def hear(self, heard: Heard) -> Meaning:
        """Take it in, and tell what it was."""
        if not self._earlier:
            self._advance(heard)
            self._keep_facts(heard)
            return Meaning.COUNTS
        if not heard.is_of_a_try:
            self._advance(self._as_before(heard))
            return Meaning.COUNTS
        return self._hear_of_a_try(heard)

    def _hear_of_a_try(self, heard: Heard) -> Meaning:
        is_waiting = self.state["status"] == MessageStatus.QUEUED
        tries = Tries(self._earlier, is_waiting, self.state["message_uuid"])
        about = tries.about(heard.message_uuid, heard.attempt)
        meaning = tries.meaning(heard.status, heard.message_uuid, heard.attempt)
        if about is not None:
            about = self._learn_of(about, heard)
        if meaning is Meaning.COUNTS:
            self._advance(heard)
            if about is None:
                self._keep_facts(heard)
            elif is_waiting:
                self._stand_by(about)
                self._keep("currency", heard.currency)
                self._keep("billed_segments", heard.segments)
        return meaning

    def _learn_of(self, about: EarlierTry, heard: Heard) -> EarlierTry:
        more = about.learn(heard.message_uuid, heard.price)
        self._earlier[self._earlier.index(about)] = more
        if more != about:
            self.learnt[more.attempt] = more
        if about.price is None and more.price is not None:
            self._note_price(heard, more.price)
        return more

    def _stand_by(self, about: EarlierTry) -> None:
        """The message keeps what an earlier try brought; the price was counted when heard."""
        self.state["message_uuid"] = about.message_uuid
        self.state["price"] = about.price

    def _as_before(self, heard: Heard) -> Heard:
        """What is skipped while it waits for another try is not unsent: it stands as it stood."""
        if heard.status is not MessageStatus.SKIPPED:
            return heard
        last = self._earlier.pop()
        self._stand_by(last)
        self.state["earlier_attempts"] = self._earlier[-1].attempt if self._earlier else 0
        reason = f"not sent again: {heard.reason}"
        return replace(heard, status=last.status, reason=reason, error_code=last.error_code)

    def _advance(self, heard: Heard) -> None:
        state = self.state
        old = MessageStatus(state["status"])
        new = furthest(old, heard.status)
        if new is not old:
            state |= {
                "status": new.value,
                "status_at": heard.at,
                "reason": heard.reason,
                "error_code": heard.error_code,
                "lease_until": None,
                # Back to none when what a person took for not sent is on its way after all.
                "final_at": heard.at if new in FINAL else None,
            }
        if heard.status is MessageStatus.ACCEPTED:
            state["accepted_at"] = state["accepted_at"] or heard.at

    def _keep_facts(self, heard: Heard) -> None:
        if heard.price is not None and self.state["price"] is None:
            self._note_price(heard, heard.price)
        self._keep("message_uuid", heard.message_uuid)
        self._keep("price", heard.price)
        self._keep("currency", heard.currency)
        self._keep("billed_segments", heard.segments)

    def _keep(self, name: str, fact: object) -> None:
        if fact is not None:
            self.state[name] = fact

    def _note_price(self, heard: Heard, price: Decimal) -> None:
        subject = self._subject
        self.prices.append(
            Price(
                campaign_id=subject.campaign_id,
                day=heard.at.date(),
                country=country_of(subject.number),
                currency=heard.currency or self.state["currency"] or "",
                amount=price,
                segments=heard.segments or self.state["billed_segments"] or subject.segments,
                counted=subject.segments,
            )
        )
