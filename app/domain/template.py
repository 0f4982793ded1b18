"""Texts with placeholders, in Liquid: "Hi {{ first_name | default: 'there' }}".

Liquid runs here without anything that loops, assigns, loads or knows the time, so a template can
only choose and polish the values that it is given. Fields are text; nothing is HTML-escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.domain.errors import InvalidTemplate
from app.domain.finish import MAX_LENGTH, NO_FINISH, TOO_LONG, Finish, Finished

if TYPE_CHECKING:
    from app.domain.placeholders import Placeholders


@dataclass(frozen=True, slots=True)
class Template:
    """A text that has been read and found good; it costs nothing where it has no placeholders."""

    text: str
    fields: frozenset[str] = frozenset()  # a recipient without one of these gets no text
    mentioned: frozenset[str] = frozenset()  # these and the optional ones
    _placeholders: "Placeholders | None" = field(default=None, compare=False, repr=False)
    _finish: Finish = field(default=NO_FINISH, compare=False, repr=False)
    _finished: Finished | None = field(default=None, compare=False, repr=False)  # of a plain one

    @property
    def is_plain(self) -> bool:
        """Is the text the same for everybody?"""
        return self._placeholders is None

    def missing(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The names, sorted, of the fields that are needed and absent or blank."""
        return tuple(sorted(name for name in self.fields if not _value(fields, name)))

    def finished(self, finish: Finish) -> "Template":
        """The same template, of which every text is finished so."""
        ready = finish.of(self.text) if self.is_plain else None
        return replace(self, _finish=finish, _finished=ready)

    def compose(self, fields: Mapping[str, str]) -> Finished:
        """The text for one recipient, finished, with the links that were made short in it.

        Raises InvalidTemplate where `missing` names a field, or the text becomes too long.
        """
        if self._finished is not None:
            return self._finished
        if not self._finish.changes_something:
            return Finished(self._filled_in(fields))
        return self._finish.of(self._filled_in(fields))

    def render(self, fields: Mapping[str, str]) -> str:
        """The text of `compose` alone."""
        return self.compose(fields).text

    def _filled_in(self, fields: Mapping[str, str]) -> str:
        if self._placeholders is None:
            return self.text
        values = {name: _value(fields, name) for name in self.mentioned}
        if not all(map(values.__getitem__, self.fields)):
            raise InvalidTemplate(f"there is no value for {', '.join(self.missing(fields))}")
        if any(value and len(value) > MAX_LENGTH for value in values.values()):
            raise InvalidTemplate(TOO_LONG)
        text = self._placeholders.fill_in(values)
        if len(text) > MAX_LENGTH:
            raise InvalidTemplate(TOO_LONG)
        return text


def read_template(text: str) -> Template:
    """The template in this text; single braces are ordinary characters.

    A field must be given unless it only stands in conditions, has a `default`, or is written
    under an `if` that asks for it. Raises InvalidTemplate, which says where and what.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidTemplate(f"the template is longer than {MAX_LENGTH} characters")
    if "{{" not in text and "{%" not in text:
        return Template(text)
    from app.domain.placeholders import Placeholders  # noqa: PLC0415 (only where there are some)

    found = Placeholders(text)
    return Template(text, found.needed, found.mentioned, found)


def _value(fields: Mapping[str, str], name: str) -> str | None:
    """A blank cell of a spreadsheet is no value: nobody wants to read "Hi ,"."""
    value = fields.get(name)
    return value if value and not value.isspace() else None
