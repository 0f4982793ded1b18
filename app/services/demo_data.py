"""Fills an empty database with made-up data, for screenshots, trials and benchmarks of pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from random import Random
from typing import Any

from app.domain import demo_story
from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.domain.demo_people import number_at, people
from app.domain.demo_story import DAYS, TEXTS, DemoCampaign
from app.domain.errors import Conflict
from app.domain.ids import time_ordered_ids
from app.domain.lifecycle import Action, CampaignStatus
from app.domain.message import TAKEN, InboundMessage
from app.domain.policy import DEFAULT_POLICY
from app.domain.target import Target
from app.domain.terms import NO_TERMS
from app.domain.timeline import Source
from app.services.clock import Clock
from app.services.demo_rows import PRICE, CampaignRows
from app.storage import (
    audiences,
    campaign_events,
    campaigns,
    consent,
    contact_lists,
    contacts,
    demo,
    links,
    senders,
    spend,
    templates,
    threads,
)
from app.storage.audiences import StoredAudience
from app.storage.campaign_events import NewCampaignEvent
from app.storage.campaigns import StoredCampaign
from app.storage.counts import CountChanges
from app.storage.database import Database, Session
from app.storage.templates import StoredTemplate

_BY = "demo data"
_LISTS = {"Newsletter": 2, "Members": 5, "Staff": 50}  # every so many-th contact
_OPT_INS = 2_000
_LEAVERS = 70  # one of so many has left
_REPLIES = 300
_BOTS = 0.1  # of clicks


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How much there is to be."""

    messages: int
    contacts: int
    seed: int = 1


class DemoData:
    """Makes up a service that has been in use for thirty days."""

    def __init__(self, database: Database, clock: Clock, sender: str) -> None:
        self._database = database
        self._clock = clock
        self._sender = sender

    def fill(self, size: DemoSize) -> None:
        """One transaction. Raises Conflict when the database holds anything that is real.

        The same seed gives the same data, by the hour at which it is made.
        """
        now = self._clock.now().replace(minute=0, second=0, microsecond=0)
        with self._database.writing() as session:
            if found := demo.holds(session):
                raise Conflict(
                    f"the database is in use ({found} has rows): demo data goes into an empty one"
                )
            _Demo(session, Random(size.seed), now, size, self._sender).fill()  # noqa: S311 (made up, and no secret)


class _Demo:
    def __init__(
        self, session: Session, draw: Random, now: datetime, size: DemoSize, sender: str
    ) -> None:
        self._session, self._draw, self._now = session, draw, now
        self._size, self._sender = size, sender
        self._begin = now - timedelta(days=DAYS)

    def fill(self) -> None:
        for name, rate in ((self._sender, None), ("BELLS", 10.0), ("+18335550199", 3.0)):
            senders.add(self._session, name)
            senders.set_rate(self._session, name, rate)
        demo.add_people(self._session, people(self._size.contacts, self._draw), self._begin)
        self._lists()
        self._templates()
        self._consent()
        for campaign in demo_story.campaigns(self._size.messages, self._size.contacts, self._now):
            self._campaign(campaign)
        self._draft("Spring menu", Target(("Newsletter",)))
        self._draft("For VIPs", Target((), {"tag": "vip"}))
        self._replies()

    def _ids(self, at: datetime) -> Iterator[str]:
        return time_ordered_ids(at, self._draw.randbytes(10))

    def _lists(self) -> None:
        ids = self._ids(self._begin)
        for name, step in _LISTS.items():
            list_id = next(ids)
            contact_lists.add(self._session, list_id, name, None, self._begin)
            members = [number_at(place) for place in range(0, self._size.contacts, step)]
            contacts.add_to_list(self._session, list_id, members, self._begin)
        rules = {"VIPs": {"tag": "vip"}, "Newcomers": {"tag": "new"}}
        for name, rule in rules.items():
            saved = StoredAudience(next(ids), name, rule, self._begin, self._begin)
            audiences.add(self._session, saved)

    def _templates(self) -> None:
        at = self._begin
        for template_id, (name, text) in zip(self._ids(at), TEXTS.items(), strict=False):
            templates.add(
                self._session, StoredTemplate(template_id, name, 1, text, at, at, None), _BY
            )

    def _consent(self) -> None:
        """Opt-ins by a form, later opt-outs in the people's own words; some wait for review."""
        ids = self._ids(self._begin)
        asked = range(min(self._size.contacts, _OPT_INS))
        events = [
            self._event(next(ids), place, ConsentKind.OPT_IN, "web_form", "Yes, text me offers")
            for place in asked
        ]
        for place in range(0, self._size.contacts, _LEAVERS):
            words = self._draw.choice(demo_story.WORDS)
            method = "phrase" if " " in words else "keyword"
            events.append(self._event(next(ids), place, ConsentKind.OPT_OUT, method, words))
        consent.record(self._session, events)

    def _event(
        self, event_id: str, place: int, kind: ConsentKind, method: str, wording: str
    ) -> ConsentEvent:
        hours = self._draw.uniform(1, 24 * DAYS - 1) if kind is ConsentKind.OPT_OUT else 0
        at = self._begin + timedelta(hours=hours)
        salt = self._draw.randbytes(10).hex()
        return ConsentEvent(event_id, number_at(place), kind, method, wording, at, salt)

    def _campaign(self, told: DemoCampaign) -> None:
        campaign_id = next(self._ids(told.begins_at))
        campaigns.add(self._session, self._stored(told, campaign_id))
        rows = CampaignRows(told, campaign_id, self._sender, self._size.contacts, self._draw)
        demo.add_messages(self._session, rows.told())
        changes = CountChanges()
        for status, count in rows.counts.items():
            changes.add(campaign_id, status, count)
        changes.apply(self._session)
        rows.deliveries.apply(self._session)
        if told.status is not CampaignStatus.PAUSED:
            campaigns.change(self._session, campaign_id, {"finished_at": rows.ends_at})
        self._history(told, campaign_id, rows)

    def _history(self, told: DemoCampaign, campaign_id: str, rows: CampaignRows) -> None:
        taken = sum(count for status, count in rows.counts.items() if status in TAKEN)
        price = spend.Price(
            *(campaign_id, told.begins_at.date(), "US", "EUR"),
            *(PRICE * rows.segments, rows.segments, rows.segments),
        )
        spend.add(self._session, (price for _ in range(taken)))
        self._note(campaign_id, Action.LAUNCH, told.begins_at)
        if told.status is CampaignStatus.PAUSED:
            self._note(campaign_id, Action.PAUSE, rows.ends_at)
        if told.status is CampaignStatus.CANCELLED:
            self._note(campaign_id, Action.CANCEL, rows.ends_at)
        clicks = [
            links.NewClick(
                slug, at, is_bot=self._draw.random() < _BOTS, reason=None, device="phone"
            )
            for slug, at in rows.slugs
        ]
        for start in range(0, len(clicks), 500):
            links.count(self._session, clicks[start : start + 500])

    def _note(self, campaign_id: str, action: Action, at: datetime) -> None:
        event = NewCampaignEvent(campaign_id, action, Source.CLIENT, _BY)
        campaign_events.note(self._session, event, at)

    def _stored(self, told: DemoCampaign, campaign_id: str) -> StoredCampaign:
        leavers = sum(not place % _LEAVERS for place in range(told.first, told.first + told.size))
        has_ended = told.status is CampaignStatus.FINISHED
        fields: dict[str, Any] = {
            "name": told.name,
            "message": told.text,
            "status": told.status,
            "status_reason": None if has_ended else "made up by `flask demo-data`",
            "status_by": None if has_ended else _BY,
            "started_at": told.begins_at,
            "recipient_count": told.size + told.size // 100,
            "accepted_count": told.size,
            "rejected_count": told.size // 100,
            "opt_outs_after": leavers // 4,
            "inbound_after": leavers // 3,
            "track_links": told.has_links,
        }
        return self._plain(campaign_id, told.begins_at, **fields)

    def _plain(self, campaign_id: str, at: datetime, **fields: Any) -> StoredCampaign:
        counts = ("recipient", "accepted", "rejected", "duplicate", "opted_out", "not_valid")
        usual: dict[str, Any] = dict.fromkeys(StoredCampaign.__dataclass_fields__)
        usual |= {f"{name}_count": 0 for name in counts}
        usual |= {"id": campaign_id, "created_at": at, "sender": self._sender}
        usual |= {
            "policy": DEFAULT_POLICY,
            "is_released": True,
            "opt_outs_after": 0,
            "inbound_after": 0,
        }
        usual |= {"allow_duplicate": False, "track_links": False, "terms": NO_TERMS}
        return StoredCampaign(**usual | fields)

    def _draft(self, name: str, target: Target) -> None:
        text = TEXTS["Invitation"]
        at = self._now - timedelta(hours=3)
        fields: dict[str, Any] = {"status": CampaignStatus.DRAFT, "is_released": False}
        fields |= {"name": name, "message": text, "target": target}
        campaigns.add(self._session, self._plain(next(self._ids(at)), at, **fields))

    def _replies(self) -> None:
        count = min(_REPLIES, self._size.contacts)
        replies = [self._reply(place) for place in range(count)]
        demo.add_inbound(self._session, replies)
        for each in sorted(replies, key=itemgetter("received_at")):
            names = ("message_uuid", "from_number", "to", "text", "sent_at")
            said = InboundMessage(*(each[name] for name in names))
            threads.note(self._session, said, next(self._ids(each["received_at"])))

    def _reply(self, place: int) -> dict[str, Any]:
        at = self._begin + timedelta(hours=self._draw.uniform(1, 24 * DAYS - 1))
        return {
            "message_uuid": f"demo-{self._draw.getrandbits(64):016x}",
            "from_number": number_at(place),
            "to": self._sender,
            "text": self._draw.choice(demo_story.QUESTIONS),
            "reading": "other",
            "sent_at": at,
            "received_at": at + timedelta(seconds=1),
        }
