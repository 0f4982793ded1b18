"""Exports as CSV, streamed."""

from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web.auth import guard
from app.web.context import services
from app.web.csv_answers import csv_answer, csv_answers
from app.web.described import APIBlueprint
from app.web.documents import SECURED
from app.web.import_schemas import OutcomesQuery
from app.web.schemas import CampaignPath

exports = APIBlueprint(
    "exports",
    __name__,
    url_prefix="/api",
    abp_tags=[Tag(name="imports and exports")],
    abp_security=SECURED,
)
guard(exports, Scope.CONTACTS, contacts=Scope.CONTACTS)


@exports.get("/contacts.csv", responses=csv_answers("Every contact, by number."))
def contacts() -> Any:
    """Every contact, with a column for each free field; an import reads it back."""
    table = services().exports.contacts()
    return csv_answer("contacts.csv", table.header, table.rows)


@exports.get(
    "/campaigns/<campaign_id>/messages.csv",
    responses=csv_answers("Every recipient and its outcome.", 404, 422),
)
def outcomes(path: CampaignPath, query: OutcomesQuery) -> Any:
    """What became of every recipient of a campaign, those included that were refused."""
    table = services().exports.outcomes(path.campaign_id, with_text=query.text)
    return csv_answer(f"campaign-{path.campaign_id}.csv", table.header, table.rows)
