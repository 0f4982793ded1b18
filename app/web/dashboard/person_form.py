"""A contact as the fields of a form, and what a form says of a contact."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.contact import ATTRIBUTES, Person
from app.domain.errors import FixInput, Mistake
from app.web.dashboard.forms import Form


def filled(person: Person) -> Form:
    """The form for somebody whom we know."""
    words = {name: getattr(person, name) or "" for name in ATTRIBUTES}
    lines = "\n".join(f"{name}: {text}" for name, text in sorted(person.fields.items()))
    return Form({**words, "tags": ", ".join(sorted(person.tags)), "fields": lines})


def told(form: Form) -> dict[str, Any]:
    """What it says, as services take it; raises FixInput for lines without a name."""
    words = {name: form.value(name) or None for name in ATTRIBUTES}
    tags = [tag.strip() for tag in form.value("tags").split(",") if tag.strip()]
    return {**words, "tags": tags, "fields": dict(_lines(form.value("fields")))}


def changes(form: Form, old: Person) -> dict[str, Any]:
    """The same as changes of a contact: fields that stay are not named, others are forgotten."""
    said = told(form)
    fields: Mapping[str, str] = said["fields"]
    gone = {name: None for name in old.fields if name not in fields}
    new = {name: text for name, text in fields.items() if old.fields.get(name) != text}
    return {**said, "fields": gone | new}


def by_field(error: FixInput) -> FixInput:
    """Mistakes at the fields of the form: /contacts/0/tags/1 stands beside `tags`."""
    return FixInput([Mistake(*_at_field(each)) for each in error.mistakes])


def _at_field(mistake: Mistake) -> tuple[str, str]:
    steps = mistake.pointer.removeprefix("/contacts/0").split("/")[1:]
    words = mistake.detail
    if steps and steps[0] == "fields" and len(steps) > 1:
        words = f"{steps[1]} {words}"
    return f"/{steps[0]}" if steps else "", words


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in filter(str.strip, text.splitlines()):
        name, colon, content = line.partition(":")
        if not colon or not name.strip():
            wrong = "needs a name, a colon and a value on each line, as in city: Ghent"
            raise FixInput([Mistake("/fields", wrong)])
        yield name.strip(), content.strip()
