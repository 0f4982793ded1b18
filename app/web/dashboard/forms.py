"""What somebody typed into a form, and the words beside each field that must be mended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flask import request
from pydantic import ValidationError

from app.domain.errors import Conflict, FixInput, Mistake
from app.web.problems import mistakes_of


@dataclass(frozen=True, slots=True)
class Form:
    """Values by the name of their field, and errors by the same name."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def given(cls, *exact: str) -> "Form":
        """As it was sent, without the space around values, but for the fields that are `exact`.

        Browsers send a line break as two characters; a text message would pay for both.
        """
        told = {name: value.replace("\r\n", "\n") for name, value in request.form.items()}
        return cls({name: v if name in exact else v.strip() for name, v in told.items()})

    def with_mistakes(self, found: FixInput | ValidationError) -> "Form":
        """The same, with what a service or a schema found wrong: /name goes to the field `name`."""
        mistakes = found.mistakes if isinstance(found, FixInput) else mistakes_of(found)
        return replace(self, errors={**self.errors, **_by_field(mistakes)})

    def with_conflict(self, name: str, error: Conflict) -> "Form":
        """The same, with what is in the way of a field."""
        return self.with_mistakes(FixInput([Mistake(f"/{name}", str(error))]))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    @property
    def others(self) -> Mapping[str, str]:
        """Errors at no field of this form, to be shown above it."""
        return {name: words for name, words in self.errors.items() if name not in self.values}


def _by_field(mistakes: Iterable[Mistake]) -> Mapping[str, str]:
    return {each.pointer.lstrip("/?"): each.detail for each in mistakes}
