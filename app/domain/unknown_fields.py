"""A placeholder that no recipient has a value for is a slip in the text, not in a recipient."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from app.domain.errors import Mistake
from app.domain.template import Template

_NUMBER = "to"  # of a recipient: no field


class FieldsSeen:
    """Notes the fields that recipients have, as far as the text needs one that nobody had yet."""

    def __init__(self, template: Template) -> None:
        self._unknown = set(template.fields)
        self._known: set[str] = set()
        self._people = 0

    def note(self, recipient: object) -> None:
        """See which fields a recipient has, be they blank: then it is this one's own mistake."""
        if not self._unknown:
            return
        self._people += 1
        if isinstance(recipient, dict):
            names = recipient.keys() - {_NUMBER}
            self._known |= names
            self._unknown -= names

    def noting(self, recipients: Iterable[object]) -> Iterator[object]:
        """The same recipients; each is seen before it is passed on."""
        for recipient in recipients:
            self.note(recipient)
            yield recipient

    def mistakes(self) -> tuple[Mistake, ...]:
        """One for each field that the text needs and not one recipient has."""
        unknown = sorted(self._unknown) if self._people else []
        return tuple(Mistake("/message", _in_words(name, self._known)) for name in unknown)


def _in_words(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    nobody = f'no recipient has a field "{name}"'
    nearest = get_close_matches(name, names, n=1)
    if nearest:
        return f'{nobody}: did you mean "{nearest[0]}"?'
    there = f"they have {', '.join(names)}" if names else "give it with each number"
    return f"{nobody}: {there}, or write a default: {{{{ {name} | default: '...' }}}}"
