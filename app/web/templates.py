"""Saved templates over HTTP."""

from http import HTTPStatus
from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web import text_documents, views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers
from app.web.text_bodies import (
    NewTemplate,
    PreviewTemplate,
    ReviseTemplate,
    TemplatePath,
    TemplatesQuery,
)
from app.web.text_documents import (
    PreviewDocument,
    TemplatesDocument,
    TemplateWithVersionsDocument,
    counted,
    with_versions,
)

templates = APIBlueprint(
    "templates",
    __name__,
    url_prefix="/api/templates",
    abp_tags=[Tag(name="templates")],
    abp_security=SECURED,
)
guard(templates, Scope.SEND, preview=Scope.READ)
templates.before_request(require_json)


@templates.post("", responses=answers(TemplateWithVersionsDocument, 201, *BODY))
def create(body: NewTemplate) -> Any:
    """Keep a text, to be used in campaigns as `template`."""
    made = services().templates.create(body.name, body.text, actor())
    headers = {"Location": f"/api/templates/{made.template.id}"}
    return with_versions(made), HTTPStatus.CREATED, headers


@templates.get("", responses=answers(TemplatesDocument, 422))
def index(query: TemplatesQuery) -> Any:
    """Templates, the newest first; archived ones only where they are asked for."""
    found = services().templates.page(query.before, query.limit, archived=query.archived)
    following = views.following(
        "/api/templates",
        len(found) == query.limit,
        limit=query.limit,
        archived="true" if query.archived else None,
        before=found[-1].id if found else None,
    )
    return views.page("templates", [text_documents.template(each) for each in found], following)


@templates.get("/<template_id>", responses=answers(TemplateWithVersionsDocument, 404))
def show(path: TemplatePath) -> Any:
    """One template with its versions, the newest first."""
    return with_versions(services().templates.find(path.template_id))


@templates.put("/<template_id>", responses=answers(TemplateWithVersionsDocument, *BODY, 404, 409))
def revise(path: TemplatePath, body: ReviseTemplate) -> Any:
    """Make this its newest version; campaigns keep the one that they were made with."""
    return with_versions(
        services().templates.revise(path.template_id, body.name, body.text, actor())
    )


@templates.delete("/<template_id>", responses=answers(TemplateWithVersionsDocument, 404))
def archive(path: TemplatePath) -> Any:
    """Let no new campaign use it. Nothing is lost: campaigns keep their text."""
    return with_versions(services().templates.archive(path.template_id, actor()))


@templates.post("/<template_id>/preview", responses=answers(PreviewDocument, 200, *BODY, 404))
def preview(path: TemplatePath, body: PreviewTemplate) -> Any:
    """The text for somebody with these fields, and what it costs."""
    text = services().templates.preview(path.template_id, body.version, body.fields, body.from_)
    return {"text": text, **counted(text)}
