"""Contacts over HTTP."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask_openapi import Tag
from pydantic import RootModel

from app.domain.scopes import Scope
from app.storage.contact_pages import Search
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.contact_schemas import (
    ChangeContact,
    ContactDocument,
    ContactPath,
    ContactsDocument,
    ContactsQuery,
    KeepContacts,
    KeptDocument,
    contact,
)
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers

contacts = APIBlueprint(
    "contacts",
    __name__,
    url_prefix="/api/contacts",
    abp_tags=[Tag(name="contacts")],
    abp_security=SECURED,
)
guard(contacts, Scope.CONTACTS)
contacts.before_request(require_json)


class ContactChanges(RootModel[ChangeContact]):
    """What is to be different; null forgets it, whatever is not named stays (RFC 7396)."""


@contacts.post("", responses=answers(KeptDocument, *BODY))
def keep(body: KeepContacts) -> Any:
    """Keep people, at most 10,000 at once; when one of them is wrong, nobody is kept."""
    return asdict(services().contacts.keep(body.contacts, body.on_existing, actor()))


@contacts.get("", responses=answers(ContactsDocument, 422))
def index(query: ContactsQuery) -> Any:
    """Contacts by number: all, or those with a name or number, a tag, on a list."""
    search = Search(query.q, query.tag, query.list)
    found = services().contacts.page(search, query.after, query.limit)
    following = views.following(
        "/api/contacts",
        len(found) == query.limit,
        q=query.q,
        tag=query.tag,
        list=query.list,
        limit=query.limit,
        after=found[-1].person.number if found else None,
    )
    return views.page("contacts", [contact(each) for each in found], following)


@contacts.get("/<number>", responses=answers(ContactDocument, 404, 422))
def show(path: ContactPath) -> Any:
    """One contact, and since when nobody may write to it."""
    return contact(services().contacts.find(path.number))


@contacts.patch("/<number>", responses=answers(ContactDocument, *BODY, 404))
def change(path: ContactPath, body: ContactChanges) -> Any:
    """Change a contact; tags are replaced, fields are changed one by one."""
    return contact(services().contacts.change(path.number, body.root, actor()))


@contacts.delete("/<number>", responses=answers(ContactDocument, 204, 404, 422))
def forget(path: ContactPath) -> Any:
    """Forget a contact; an opt-out stays, and so does what was sent."""
    services().contacts.forget(path.number, actor())
    return "", HTTPStatus.NO_CONTENT
