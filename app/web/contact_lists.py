"""Lists of contacts over HTTP."""

from http import HTTPStatus
from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.contact_schemas import (
    ChangeList,
    ListDocument,
    ListPath,
    ListsDocument,
    Members,
    NewList,
    PageQuery,
    shown_list,
)
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers

contact_lists = APIBlueprint(
    "contact_lists",
    __name__,
    url_prefix="/api/lists",
    abp_tags=[Tag(name="contacts")],
    abp_security=SECURED,
)
guard(contact_lists, Scope.CONTACTS)
contact_lists.before_request(require_json)


@contact_lists.post("", responses=answers(ListDocument, 201, *BODY, 409))
def create(body: NewList) -> Any:
    """Make an empty list."""
    made = services().contact_lists.add(body.name, body.description, actor())
    return shown_list(made), HTTPStatus.CREATED, {"Location": f"/api/lists/{made.id}"}


@contact_lists.get("", responses=answers(ListsDocument, 422))
def index(query: PageQuery) -> Any:
    """Lists, in the order they were made, each with the number of its contacts."""
    found = services().contact_lists.page(query.after or "", query.limit)
    last = found[-1].id if found else None
    following = views.following(
        "/api/lists", len(found) == query.limit, limit=query.limit, after=last
    )
    return views.page("lists", [shown_list(each) for each in found], following)


@contact_lists.get("/<list_id>", responses=answers(ListDocument, 404))
def show(path: ListPath) -> Any:
    """One list. Its contacts: GET /api/contacts?list=..."""
    return shown_list(services().contact_lists.find(path.list_id))


@contact_lists.patch("/<list_id>", responses=answers(ListDocument, *BODY, 404, 409))
def change(path: ListPath, body: ChangeList) -> Any:
    """Change its name or its description."""
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    return shown_list(services().contact_lists.change(path.list_id, fields, actor()))


@contact_lists.delete("/<list_id>", responses=answers(ListDocument, 204, 404))
def remove(path: ListPath) -> Any:
    """Forget the list; its contacts stay."""
    services().contact_lists.remove(path.list_id, actor())
    return "", HTTPStatus.NO_CONTENT


@contact_lists.post("/<list_id>/members", responses=answers(ListDocument, *BODY, 404))
def put_on(path: ListPath, body: Members) -> Any:
    """Put contacts on the list; who is on it already stays."""
    return shown_list(services().contact_lists.put_on(path.list_id, body.numbers, actor()))


@contact_lists.post("/<list_id>/members/remove", responses=answers(ListDocument, *BODY, 404))
def take_off(path: ListPath, body: Members) -> Any:
    """Take contacts off the list; who is not on it is no mistake."""
    return shown_list(services().contact_lists.take_off(path.list_id, body.numbers, actor()))
