"""Hours that operators give a name, to be used as the presets are."""

import re

from app.domain.errors import FixInput, Mistake
from app.domain.hour_presets import PRESETS, Preset

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_TAKEN = {name.lower() for name in PRESETS} | {"off", "closed", "none"}


def check(name: str, given: Preset) -> None:
    """Raises FixInput where the name is no name or a rule's own, or where no day is open."""
    mistakes = []
    if not _NAME.fullmatch(name):
        told = "must begin with a letter, and have at most 40 small letters, digits and hyphens"
        mistakes.append(Mistake("/name", told))
    elif name in _TAKEN:
        mistakes.append(Mistake("/name", "is a preset that comes with the program: choose another"))
    if not any(given.window.days):
        told = "are closed all week, and nothing would ever be sent: open at least one day"
        mistakes.append(Mistake("/weekdays", told))
    if mistakes:
        raise FixInput(mistakes)
