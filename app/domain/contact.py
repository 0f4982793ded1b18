"""Contacts: the people we know, read from what a client or a file says of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.errors import FixInput, InvalidMoment, InvalidNumber, Mistake
from app.domain.moments import read_zone
from app.domain.phone import PhoneNumber, read_number

_LONGEST = {"first_name": 100, "last_name": 100, "postal_code": 20}  # characters
_LONGEST_TAG = 50
_LONGEST_FIELD = 1_000
_MOST_FIELDS = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # RFC 5646, its common part
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}")  # what a template can ask for

ATTRIBUTES = ("first_name", "last_name", "language", "time_zone", "postal_code")
"""What a contact has besides its number, its tags and whatever a client invents."""


class OnExisting(StrEnum):
    """What becomes of somebody who is known already."""

    UPDATE = "update"  # what is named replaces what was known; the rest stays
    SKIP = "skip"  # what was known stays
    REFUSE = "refuse"  # it is a mistake


@dataclass(frozen=True, slots=True)
class Person:
    """A contact. None: nobody told us."""

    number: PhoneNumber
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    postal_code: str | None = None
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)

    def for_texts(self) -> dict[str, str]:
        """Everything that a text may ask for by name."""
        known = {name: getattr(self, name) for name in ATTRIBUTES}
        return {**self.fields, **{name: value for name, value in known.items() if value}}


def read_person(told: Mapping[str, object]) -> Person:
    """A contact as a client writes it; raises FixInput with every mistake, by JSON pointer."""
    mistakes: list[Mistake] = []
    number = _number(told.get("number"), mistakes)
    words = {name: _word(name, told.get(name), mistakes) for name in ATTRIBUTES}
    tags = frozenset(_tags(told.get("tags"), mistakes))
    fields = dict(_fields(told.get("fields"), mistakes))
    unknown = told.keys() - {"number", "tags", "fields", *ATTRIBUTES}
    mistakes += [Mistake(f"/{name}", 'is unknown: write it into "fields"') for name in unknown]
    if mistakes:
        raise FixInput(mistakes)
    return Person(number, **words, tags=tags, fields=fields)


def why_wrong(attribute: str, text: str) -> str | None:
    """What is wrong with a value of one of the ATTRIBUTES, in words; None: nothing."""
    longest = _LONGEST.get(attribute)
    if longest is not None and len(text) > longest:
        return f"has {len(text)} characters, at most {longest} are kept"
    if attribute == "language" and not _LANGUAGE.fullmatch(text):
        return 'is no language: write a tag as in "en" or "pt-BR"'
    if attribute == "time_zone":
        try:
            read_zone(text)
        except InvalidMoment as error:
            return str(error)
    return None


def why_no_tag(tag: str) -> str | None:
    """Why this cannot be a tag, in words; None: it can."""
    if not tag.strip() or len(tag) > _LONGEST_TAG or "," in tag:
        return f"must have 1 to {_LONGEST_TAG} characters and no comma"
    return None


def why_no_field(name: str, content: str) -> str | None:
    """Why a free field cannot be kept, in words; None: it can."""
    if not _FIELD_NAME.fullmatch(name):
        return "must be named with letters, digits and _, so that a text can ask for it"
    if name in ATTRIBUTES or name in ("number", "to"):
        return "has a place of its own, beside the fields"
    if len(content) > _LONGEST_FIELD:
        return f"has {len(content)} characters, at most {_LONGEST_FIELD} are kept"
    return None


def _number(value: object, mistakes: list[Mistake]) -> PhoneNumber:
    if not isinstance(value, str):
        mistakes.append(Mistake("/number", 'must be a number as text, as in "+14155550101"'))
        return PhoneNumber("")
    try:
        return read_number(value)
    except InvalidNumber as error:
        mistakes.append(Mistake("/number", str(error)))
        return PhoneNumber("")


def _word(name: str, value: object, mistakes: list[Mistake]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        mistakes.append(Mistake(f"/{name}", "must be text"))
        return None
    if wrong := unprintable(value) or why_wrong(name, value):
        mistakes.append(Mistake(f"/{name}", wrong))
    return value


def _tags(value: object, mistakes: list[Mistake]) -> Iterator[str]:
    if not isinstance(value, list | tuple | None):
        mistakes.append(Mistake("/tags", "must be a list of words"))
        return
    for position, tag in enumerate(value or ()):
        wrong = (unprintable(tag) or why_no_tag(tag)) if isinstance(tag, str) else "must be text"
        if wrong:
            mistakes.append(Mistake(f"/tags/{position}", wrong))
        else:
            yield tag.strip()


def _fields(value: object, mistakes: list[Mistake]) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping | None):
        mistakes.append(Mistake("/fields", "must be an object of texts"))
        return
    if len(value or ()) > _MOST_FIELDS:
        mistakes.append(Mistake("/fields", f"has more than {_MOST_FIELDS} entries"))
        return
    for name, content in (value or {}).items():
        text = plain_text(content)
        wrong = "is neither text nor a number" if text is None else why_no_field(name, text)
        if wrong or unprintable(text or ""):
            mistakes.append(Mistake(f"/fields/{name}", wrong or unprintable(text or "") or ""))
        else:
            yield name, text or ""


def plain_text(content: object) -> str | None:
    """A value as text, as a template would show it; None: it is none."""
    if isinstance(content, bool):
        return str(content).lower()
    if isinstance(content, float) and content.is_integer():
        return str(int(content))  # spreadsheets make 3.0 of 3
    if isinstance(content, str | int | float):
        return str(content)
    return "" if content is None else None


def unprintable(text: str) -> str | None:
    """Why a text cannot be kept, in words; None: it can."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return "holds a character that cannot be kept (NUL, or half of a pair)"
    return None
