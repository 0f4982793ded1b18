"""Audiences over HTTP."""

from http import HTTPStatus
from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.storage.audiences import StoredAudience
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.contact_schemas import (
    AudienceDocument,
    AudiencePath,
    AudiencesDocument,
    CountAudience,
    CountDocument,
    MembersDocument,
    MembersQuery,
    NewAudience,
    PageQuery,
    contact,
)
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers

audiences = APIBlueprint(
    "audiences",
    __name__,
    url_prefix="/api/audiences",
    abp_tags=[Tag(name="contacts")],
    abp_security=SECURED,
)
guard(audiences, Scope.CONTACTS, count=Scope.READ)
audiences.before_request(require_json)


@audiences.post("", responses=answers(AudienceDocument, 201, *BODY, 409))
def create(body: NewAudience) -> Any:
    """Save a rule under a name."""
    made = services().audiences.add(body.name, body.rule, actor())
    return _shown(made), HTTPStatus.CREATED, {"Location": f"/api/audiences/{made.id}"}


@audiences.post("/count", responses=answers(CountDocument, *BODY))
def count(body: CountAudience) -> Any:
    """How many contacts a rule chooses now; nothing is saved."""
    return {"count": services().audiences.count(body.rule)}


@audiences.get("", responses=answers(AudiencesDocument, 422))
def index(query: PageQuery) -> Any:
    """Saved audiences, in the order they were made."""
    found = services().audiences.page(query.after or "", query.limit)
    last = found[-1].id if found else None
    following = views.following(
        "/api/audiences", len(found) == query.limit, limit=query.limit, after=last
    )
    return views.page("audiences", [_shown(each) for each in found], following)


@audiences.get("/<audience_id>", responses=answers(AudienceDocument, 404))
def show(path: AudiencePath) -> Any:
    """One audience."""
    return _shown(services().audiences.find(path.audience_id))


@audiences.put("/<audience_id>", responses=answers(AudienceDocument, *BODY, 404, 409))
def change(path: AudiencePath, body: NewAudience) -> Any:
    """Save another rule; drafts that name the audience use it from now on."""
    return _shown(services().audiences.change(path.audience_id, body.name, body.rule, actor()))


@audiences.delete("/<audience_id>", responses=answers(AudienceDocument, 204, 404))
def remove(path: AudiencePath) -> Any:
    """Forget the audience; what was planned with it stays."""
    services().audiences.remove(path.audience_id, actor())
    return "", HTTPStatus.NO_CONTENT


@audiences.get("/<audience_id>/contacts", responses=answers(MembersDocument, 404, 422))
def members(path: AudiencePath, query: MembersQuery) -> Any:
    """How many contacts it chooses now, and a page of them, by number."""
    total, found = services().audiences.members(path.audience_id, query.after, query.limit)
    following = views.following(
        f"/api/audiences/{path.audience_id}/contacts",
        len(found) == query.limit,
        limit=query.limit,
        after=found[-1].person.number if found else None,
    )
    page = views.page("contacts", [contact(each) for each in found], following)
    return {"count": total, **page}


def _shown(stored: StoredAudience) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.name,
        "rule": stored.rule,
        "created_at": views.time_text(stored.created_at),
        "updated_at": views.time_text(stored.updated_at),
    }
