"""Timelines as JSON: what is asked for, and what is answered."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import Field

from app.domain.timeline import Source, TimelineEntry, What
from app.services.timeline import Timeline
from app.web.described import Document
from app.web.schemas import Number, Query
from app.web.views import time_text


class NumberPath(Query):
    number: Number


class VerdictDocument(Document):
    sentence: str
    campaign_id: str | None
    campaign_name: str | None
    message_id: str | None = Field(description="null where no message was made.")
    status: str | None = Field(description="Of the message.")


class EvidenceDocument(Document):
    campaign_id: str | None = None
    message_id: str | None = None
    message_uuid: str | None = Field(None, description="Vonage's.")
    webhook_event_id: str | None = None
    consent_event_id: str | None = None


class EntryDocument(Document):
    at: datetime = Field(description="By our clock.")
    what: What
    sentence: str
    rule: str = Field(description="What decided.")
    source: Source = Field(description="Who said so.")
    evidence: EvidenceDocument = Field(description="The ids that there are.")
    detail: dict[str, Any]


class TimelineDocument(Document):
    number: str
    opted_out: bool = Field(description="May nobody write to it now?")
    note: str | None = Field(description="Something about the answer, for a person.")
    summary: list[VerdictDocument]
    entries: list[EntryDocument]


def shown(timeline: Timeline) -> dict[str, Any]:
    """A timeline as JSON."""
    return {
        "number": timeline.number,
        "opted_out": timeline.is_opted_out,
        "note": timeline.note,
        "summary": [asdict(verdict) for verdict in timeline.summary],
        "entries": [_entry(entry) for entry in timeline.entries],
    }


def _entry(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "at": time_text(entry.at),
        "what": entry.what,
        "sentence": entry.sentence,
        "rule": entry.rule,
        "source": entry.source,
        "evidence": {name: value for name, value in asdict(entry.evidence).items() if value},
        "detail": _plain(entry.detail),
    }


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: time_text(value) if isinstance(value, datetime) else value
        for name, value in detail.items()
    }
