"""Texts over HTTP: what they cost, what senders add to them, who followed the links in them."""

from dataclasses import asdict
from typing import Any

from flask_openapi import Tag

from app.domain.footer import SenderTexts
from app.domain.scopes import Scope
from app.web import text_documents
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers
from app.web.schemas import CampaignPath
from app.web.senders import SenderPath
from app.web.text_bodies import CountText, LinksQuery, SetSenderTexts
from app.web.text_documents import LinksOfCampaignDocument, SegmentsDocument, SenderTextsDocument

texts = APIBlueprint(
    "texts", __name__, url_prefix="/api", abp_tags=[Tag(name="texts")], abp_security=SECURED
)
guard(texts, Scope.ADMIN, segments=Scope.READ)
texts.before_request(require_json)


@texts.post("/segments", responses=answers(SegmentsDocument, 200, *BODY))
def segments(body: CountText) -> Any:
    """How many segments a text takes, what forces Unicode, and what plain characters save.

    The text is counted as it is: placeholders are not filled in.
    """
    return text_documents.counted(body.text)


@texts.get("/senders/<name>/texts", responses=answers(SenderTextsDocument, 422))
def sender_texts(path: SenderPath) -> Any:
    """What a sender adds to the texts of its campaigns; nothing, unless that was set."""
    return {"sender": path.name, **asdict(services().sender_texts.of(path.name))}


@texts.put("/senders/<name>/texts", responses=answers(SenderTextsDocument, *BODY))
def set_sender_texts(path: SenderPath, body: SetSenderTexts) -> Any:
    """Add this to what is planned from now on; what is left out of the body is taken back."""
    given = SenderTexts(**body.model_dump())
    return {"sender": path.name, **asdict(services().sender_texts.put(path.name, given, actor()))}


@texts.get("/campaigns/<campaign_id>/links", responses=answers(LinksOfCampaignDocument, 404, 422))
def links(path: CampaignPath, query: LinksQuery) -> Any:
    """The addresses that most recipients got as short links, and who followed them."""
    found = services().links.of_campaign(path.campaign_id, query.limit)
    return {"links": [text_documents.link(each) for each in found]}
