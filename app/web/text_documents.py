"""Answers about texts: as the OpenAPI description shows them, and as they are written."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.domain.segments import count_segments, part_units, room_left
from app.domain.template import read_template
from app.domain.unicode_cost import advice, cost_of, culprits_of
from app.services.templates import TemplateState
from app.storage.links import LinkCount
from app.storage.templates import StoredTemplate
from app.web.described import Document
from app.web.views import time_text


class CulpritDocument(Document):
    character: str
    name: str = Field(description="As Unicode has it.")
    positions: list[int] = Field(description="In characters (code points), from 0.")
    replacement: str | None = Field(description='"": leave it out; null: nothing plain fits.')


class SegmentsDocument(Document):
    encoding: str = Field(description="GSM-7 or UCS-2.")
    units: int = Field(description="Septets, or UTF-16 code units.")
    segments: int
    parts: list[int] = Field(description="The units in each.")
    remaining: int = Field(description="Units that fit before another segment begins.")
    culprits: list[CulpritDocument] = Field(description="Characters that force Unicode.")
    segments_after: int = Field(description="With every culprit replaced, if all can be.")
    advice: str | None


def counted(text: str) -> dict[str, Any]:
    """What it costs to send a text, and what would be saved."""
    segments, cost = count_segments(text), cost_of(text)
    saves = cost.plain < cost.segments
    return {
        "encoding": segments.encoding,
        "units": segments.units,
        "segments": segments.segments,
        "parts": part_units(text),
        "remaining": room_left(text),
        "culprits": [
            {
                "character": each.character,
                "name": each.name,
                "positions": list(each.positions),
                "replacement": each.replacement,
            }
            for each in culprits_of(text)
        ],
        "segments_after": cost.plain,
        "advice": advice(cost.culprits, cost.segments, cost.plain) if saves else None,
    }


class TemplateUsedDocument(Document):
    id: str
    version: int


class SegmentRangeDocument(Document):
    min: int
    max: int
    total: int


class CostlyCharacterDocument(Document):
    character: str
    name: str
    replacement: str | None
    people: int = Field(description="Whose text has it.")


class TextStockDocument(Document):
    segments: SegmentRangeDocument = Field(description="Over all recipients, when planned.")
    culprits: list[CostlyCharacterDocument] = Field(description="They force Unicode; 20 at most.")
    advice: list[str] = Field(description="What plain characters would save.")


class TemplateVersionDocument(Document):
    version: int
    text: str
    created_at: datetime
    created_by: str


class TemplateDocument(Document):
    id: str
    name: str
    version: int = Field(description="The newest.")
    text: str
    fields: list[str] = Field(description="A recipient without one of these gets no text.")
    optional_fields: list[str]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class TemplateWithVersionsDocument(TemplateDocument):
    versions: list[TemplateVersionDocument] = Field(description="The newest 100.")


class TemplatesDocument(Document):
    templates: list[TemplateDocument]
    next: str | None


class PreviewDocument(SegmentsDocument):
    text: str = Field(description="As it would be sent.")


def template(stored: StoredTemplate) -> dict[str, Any]:
    read = read_template(stored.text)
    return {
        "id": stored.id,
        "name": stored.name,
        "version": stored.version,
        "text": stored.text,
        "fields": sorted(read.fields),
        "optional_fields": sorted(read.mentioned - read.fields),
        "created_at": time_text(stored.created_at),
        "updated_at": time_text(stored.updated_at),
        "archived_at": time_text(stored.archived_at),
    }


def with_versions(state: TemplateState) -> dict[str, Any]:
    versions = [
        {
            "version": each.version,
            "text": each.text,
            "created_at": time_text(each.created_at),
            "created_by": each.created_by,
        }
        for each in state.versions
    ]
    return {**template(state.template), "versions": versions}


class SenderTextsDocument(Document):
    sender: str
    programme_name: str | None
    add_programme_name: bool
    opt_out_line: str | None
    add_opt_out_line: bool


class LinkDocument(Document):
    url: str
    recipients: int = Field(description="Whose text has it.")
    human_clicks: int
    bot_clicks: int = Field(description="Of programs that look ahead: previews, scanners.")
    unique_recipients: int = Field(description="With at least one click that is no bot's.")


class LinksOfCampaignDocument(Document):
    links: list[LinkDocument]


def link(count: LinkCount) -> dict[str, Any]:
    return {
        "url": count.url,
        "recipients": count.recipients,
        "human_clicks": count.human_clicks,
        "bot_clicks": count.bot_clicks,
        "unique_recipients": count.people,
    }
