"""What has happened in made-up data: campaigns of thirty days, and what became of each message."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus, OutcomeKind

DAYS = 30
_USUAL = 12  # campaigns that are over
_SHOP = "https://bells.example/offers"

TEXTS = {
    "Welcome": "Hi {{ first_name | default: 'there' }}, welcome to Bells. Reply STOP to leave.",
    "Weekend offer": f"Bells: 20% off all weekend: {_SHOP} Reply STOP to opt out.",
    "Table ready": "Bells: your table is ready, {{ first_name | default: 'please come in' }}.",
    "New opening hours": "Bells: from Monday we are open until 10 pm. Reply STOP to opt out.",
    "Invitation": "Bells: you’re invited! An evening with live music, this Friday. STOP to leave.",  # noqa: RUF001 (it makes the text Unicode, as it does to people)
}
WORDS = ("STOP", "stop", "Stop", "UNSUBSCRIBE", "please take me off your list")
QUESTIONS = ("Thanks!", "Are you open on Sunday?", "Which table?", "Love it", "Who is this?")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message, and what the first attempt came to."""

    status: MessageStatus
    outcome: OutcomeKind = OutcomeKind.ACCEPTED
    code: str | None = None
    reason: str | None = None


_FATES = {
    Fate(MessageStatus.DELIVERED): 940,
    Fate(MessageStatus.UNDELIVERABLE, code="1300", reason="Invalid number"): 24,
    Fate(MessageStatus.REJECTED, code="1210", reason="Anti-spam rejection"): 12,
    Fate(MessageStatus.SUBMITTED): 14,
    Fate(MessageStatus.FAILED, OutcomeKind.REFUSED, "1120", "Illegal sender address"): 7,
    Fate(MessageStatus.IN_DOUBT, OutcomeKind.IN_DOUBT, None, "no answer within 20 s"): 3,
}
HAS_NOT_LEFT = Fate(MessageStatus.QUEUED)
CANCELLED = Fate(MessageStatus.SKIPPED, reason="the campaign was cancelled")


def fates(count: int, draw: Random) -> list[Fate]:
    """What became of so many messages that were sent."""
    return draw.choices(list(_FATES), list(_FATES.values()), k=count)


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    """A campaign as it is to look: `sent` of its `size` messages have left."""

    name: str
    text: str
    begins_at: datetime
    status: CampaignStatus
    first: int  # the place of its first recipient
    size: int
    sent: int
    has_links: bool


def campaigns(messages: int, contacts: int, now: datetime) -> Iterator[DemoCampaign]:
    """The oldest first: those that are over, one cancelled and one paused.

    Nobody is in a campaign twice, so it takes more of them when there are few contacts.
    """
    over = max(_USUAL, -(-messages // contacts))
    names = list(TEXTS)
    for place in range(over):
        name = names[place % len(names)]
        size = messages * (place + 1) // over - messages * place // over
        status = CampaignStatus.FINISHED
        if place == over - 3:
            status = CampaignStatus.CANCELLED
        if place == over - 1:
            status = CampaignStatus.PAUSED
        yield DemoCampaign(
            name=f"{name} {place + 1}",
            text=TEXTS[name],
            begins_at=now - timedelta(days=DAYS) * (over - place) / (over + 1),
            status=status,
            first=place * contacts // over,
            size=size,
            sent=size if status is CampaignStatus.FINISHED else size * 2 // 3,
            has_links=_SHOP in TEXTS[name],
        )


def link_in(text: str) -> str:
    """The address in a text that has one."""
    return next(word for word in text.split() if word == _SHOP)
