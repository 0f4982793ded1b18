"""What the texts of a campaign cost together, and what plain characters would save."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.domain.unicode_cost import REPLACEMENTS, advice, cost_of, name_of

_SHOWN = 20  # characters that force Unicode: names alone may bring thousands
_ADVICE = 5  # sentences


@dataclass(slots=True)
class TextStock:
    """Counts the texts as they are planned; costs next to nothing where they are all the same."""

    _segments: Counter[int] = field(default_factory=Counter)
    _people: Counter[str] = field(default_factory=Counter)  # by character
    _saved: Counter[tuple[int, int]] = field(default_factory=Counter)  # by segments now and then
    _blamed: dict[tuple[int, int], dict[str, None]] = field(default_factory=dict)

    def add(self, text: str, people: int = 1) -> None:
        """Count the text of so many recipients; raises ValueError for what cannot be sent."""
        cost = cost_of(text)
        self._segments[cost.segments] += people
        if not cost.culprits:
            return
        for character in cost.culprits:
            self._people[character] += people
        if cost.plain < cost.segments:
            step = cost.segments, cost.plain
            self._saved[step] += people
            self._blamed.setdefault(step, {}).update(dict.fromkeys(cost.culprits))

    def as_json(self) -> dict[str, Any] | None:
        """What is kept with the campaign and shown; None where nobody gets a text."""
        if not self._segments:
            return None
        return {
            "segments": {
                "min": min(self._segments),
                "max": max(self._segments),
                "total": sum(each * people for each, people in self._segments.items()),
            },
            "culprits": [
                {
                    "character": character,
                    "name": name_of(character),
                    "replacement": REPLACEMENTS.get(character),
                    "people": people,
                }
                for character, people in self._people.most_common(_SHOWN)
            ],
            "advice": [
                advice(tuple(self._blamed[step]), *step, people)
                for step, people in self._saved.most_common(_ADVICE)
            ],
        }
