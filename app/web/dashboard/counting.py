"""What a text costs as it is written: for the page, and for the script that follows the writing."""

from typing import Any

from app.domain.segments import BASIC, EXTENSION, JOINED, SINGLE
from app.domain.unicode_cost import REPLACEMENTS, name_of
from app.web.text_documents import counted

ALPHABET = {
    "basic": "".join(sorted(BASIC)),
    "extension": "".join(sorted(EXTENSION)),
    "single": SINGLE,
    "joined": JOINED,
    "plain": REPLACEMENTS,
    "names": {character: name_of(character).lower() for character in REPLACEMENTS},
}
"""What the counter in the browser counts by: the very tables that the server has."""


def cost_shown(text: str) -> dict[str, Any] | None:
    """What a text costs; None for an empty one, which costs nothing and cannot be sent."""
    return counted(text) if text else None
