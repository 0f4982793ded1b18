"""Short links, where they lead, and who followed them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select
from sqlalchemy.orm import Session

from app.domain.history import KnownClick
from app.storage.tables import Message
from app.storage.text_tables import Click, Link


@dataclass(frozen=True, slots=True)
class NewLink:
    """A short link as it is first stored."""

    slug: str
    campaign_id: str
    message_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a short link leads, and when the text with it was sent."""

    url: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewClick:
    """Somebody followed a short link."""

    slug: str
    at: datetime
    is_bot: bool
    reason: str | None
    device: str


@dataclass(frozen=True, slots=True)
class LinkCount:
    """How often a campaign's links to one address were followed."""

    url: str
    recipients: int  # whose text has it
    human_clicks: int
    bot_clicks: int
    people: int  # recipients with at least one click that is no bot's


def add(session: Session, links: Sequence[NewLink], now: datetime) -> None:
    """Store short links; their campaign exists."""
    rows: list[dict[str, Any]] = [
        {
            "slug": link.slug,
            "campaign_id": link.campaign_id,
            "message_id": link.message_id,
            "url": link.url,
            "created_at": now,
        }
        for link in links
    ]
    if rows:
        session.execute(insert(Link), rows)


def remove_of(session: Session, campaign_id: str) -> None:
    """Take away the links of a campaign that has not begun."""
    mine = select(Link.slug).where(Link.campaign_id == campaign_id)
    session.execute(delete(Click).where(Click.slug.in_(mine)))
    session.execute(delete(Link).where(Link.campaign_id == campaign_id))


def target(session: Session, slug: str) -> Target | None:
    """Where the link with this name leads."""
    row = session.execute(
        select(Link.url, Message.sent_at)
        .outerjoin(Message, Message.id == Link.message_id)
        .where(Link.slug == slug)
    ).first()
    return Target(*row) if row else None


def count(session: Session, clicks: Iterable[NewClick]) -> None:
    """Add clicks; those of links that were taken away meanwhile are let go."""
    rows = [{name: getattr(click, name) for name in _CLICK} for click in clicks]
    wanted = {row["slug"] for row in rows}
    there = set(session.scalars(select(Link.slug).where(Link.slug.in_(wanted))))
    if kept := [row for row in rows if row["slug"] in there]:
        session.execute(insert(Click), kept)


_CLICK = tuple(NewClick.__dataclass_fields__)


def counts_of(session: Session, campaign_id: str, limit: int) -> list[LinkCount]:
    """The addresses that most texts of a campaign have, and how often each was followed."""
    human, bot = Click.is_bot.is_(False), Click.is_bot.is_(True)
    # A link without clicks has one row, with nulls, which neither case counts.
    rows = session.execute(
        select(
            Link.url,
            func.count(Link.message_id.distinct()),
            func.sum(case((human, 1), else_=0)),
            func.sum(case((bot, 1), else_=0)),
            func.count(case((human, Link.message_id)).distinct()),
        )
        .outerjoin(Click, Click.slug == Link.slug)
        .where(Link.campaign_id == campaign_id)
        .group_by(Link.url)
        .order_by(func.count(Link.message_id.distinct()).desc(), Link.url)
        .limit(limit)
    )
    return [LinkCount(*row) for row in rows]


def clicks_on(session: Session, message_ids: Iterable[str], limit: int) -> tuple[KnownClick, ...]:
    """The newest clicks on links in these messages, the oldest of them first."""
    rows = session.execute(
        select(Link.message_id, Link.url, Click.at, Click.is_bot, Click.reason, Click.device)
        .join(Click, Click.slug == Link.slug)
        .where(Link.message_id.in_(list(message_ids)))
        .order_by(Click.at.desc(), Click.id.desc())
        .limit(limit)
    )
    return tuple(KnownClick(*row) for row in reversed(rows.all()))
