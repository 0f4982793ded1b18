"""Contacts, lists and audiences as JSON: what is asked for, and what is answered."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from app.domain.contact import ATTRIBUTES, OnExisting, unprintable
from app.domain.ids import is_id
from app.storage.contact_lists import StoredList
from app.storage.contact_pages import StoredContact
from app.web.described import Document
from app.web.schemas import MAX_PAGE, Body, Cursor, Id, Number, Query
from app.web.views import time_text

MOST_AT_ONCE = 10_000  # contacts in one request; more come by an import


def _storable(text: str) -> str:
    if reason := unprintable(text):
        raise ValueError(reason)
    return text


def _no_id(name: str) -> str:
    if is_id(name):  # whoever is named by either must be found by both
        raise ValueError("looks like an id: give it a name")
    return name


Storable = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Storable, AfterValidator(_no_id), Field(min_length=1, max_length=100)]
_CONTACT = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "examples": ["+14155550101"]},
        **{name: {"anyOf": [{"type": "string"}, {"type": "null"}]} for name in ATTRIBUTES},
        "tags": {"type": "array", "items": {"type": "string"}},
        "fields": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": each} for each in ("string", "number", "boolean", "null")]
            },
        },
    },
    "required": ["number"],
    "additionalProperties": False,
}
_CHANGES = {
    **_CONTACT,
    "properties": {
        name: schema
        for name, schema in dict[str, Any](_CONTACT["properties"]).items()  # type: ignore[call-overload]  # a dict, which its type hides
        if name != "number"
    },
    "required": [],
}
Told = Annotated[dict[str, Any], WithJsonSchema(_CONTACT)]


class KeepContacts(Body):
    """People to be known."""

    contacts: Annotated[list[Told], Field(min_length=1, max_length=MOST_AT_ONCE)]
    on_existing: OnExisting = Field(
        OnExisting.UPDATE, description="update what is named, skip, or refuse who is known already."
    )


class ContactPath(Query):
    number: Number


class ContactsQuery(Query):
    """A page of contacts, by number."""

    q: Annotated[Storable, Field(max_length=100)] | None = Field(
        None, description="Part of a name or a number."
    )
    tag: Annotated[Storable, Field(max_length=50)] | None = None
    list: Annotated[Storable, Field(max_length=100)] | None = Field(
        None, description="The id or the name of a list."
    )
    after: Annotated[Storable, Field(max_length=16)] = Field(
        "", description="Only numbers behind this one."
    )
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class PageQuery(Query):
    """A page, in the order things were made."""

    after: Cursor | None = Field(None, description="Only those behind this id.")
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class MembersQuery(Query):
    """A page of contacts, by number."""

    after: Annotated[Storable, Field(max_length=16)] = Field(
        "", description="Only numbers behind this one."
    )
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class KeptDocument(Document):
    added: int
    updated: int
    skipped: int


class ContactDocument(Document):
    number: str
    first_name: str | None
    last_name: str | None
    language: str | None
    time_zone: str | None
    postal_code: str | None
    tags: list[str]
    fields: dict[str, str]
    opted_out_at: datetime | None = Field(description="Since then nobody may write to it.")
    created_at: datetime
    updated_at: datetime


class ContactsDocument(Document):
    contacts: list[ContactDocument]
    next: str | None


class MembersDocument(ContactsDocument):
    count: int = Field(description="How many the audience chooses now.")


class ListPath(Query):
    list_id: Id


class NewList(Body):
    name: Name
    description: Annotated[Storable, Field(max_length=1_000)] | None = None


class ChangeList(Body):
    """What is to be different; whatever is not named stays."""

    name: Name = Field(default_factory=str)
    description: Annotated[Storable, Field(max_length=1_000)] | None = None


class Members(Body):
    numbers: Annotated[list[Number], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ListDocument(Document):
    id: str
    name: str
    description: str | None
    contact_count: int
    created_at: datetime
    updated_at: datetime


class ListsDocument(Document):
    lists: list[ListDocument]
    next: str | None


class AudiencePath(Query):
    audience_id: Id


class NewAudience(Body):
    name: Name
    rule: dict[str, Any] = Field(examples=[{"and": [{"tag": "vip"}, {"not": {"list": "Staff"}}]}])


class CountAudience(Body):
    rule: dict[str, Any] = Field(examples=[{"field": "city", "equals": "Ghent"}])


class CountDocument(Document):
    count: int


class AudienceDocument(Document):
    id: str
    name: str
    rule: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class AudiencesDocument(Document):
    audiences: list[AudienceDocument]
    next: str | None


ChangeContact = Annotated[dict[str, Any], WithJsonSchema(_CHANGES)]


def contact(stored: StoredContact) -> dict[str, Any]:
    """A contact as it stands."""
    person = stored.person
    return {
        "number": person.number,
        **{name: getattr(person, name) for name in ATTRIBUTES},
        "tags": sorted(person.tags),
        "fields": dict(person.fields),
        "opted_out_at": time_text(stored.opted_out_at),
        "created_at": time_text(stored.created_at),
        "updated_at": time_text(stored.updated_at),
    }


def shown_list(stored: StoredList) -> dict[str, Any]:
    """A list as it stands."""
    return {
        "id": stored.id,
        "name": stored.name,
        "description": stored.description,
        "contact_count": stored.contact_count,
        "created_at": time_text(stored.created_at),
        "updated_at": time_text(stored.updated_at),
    }
