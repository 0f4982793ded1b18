"""Text that came from the other side, made fit to be kept, logged and shown."""

import re
from typing import Any

from app.domain.phone import masked

_MAX = 300  # characters: a problem's detail is a sentence, and a gateway's HTML page is none
_NUMBER = re.compile(r"\+?\d(?:[ ().-]?\d){6,}")
_TOKEN = re.compile(r"eyJ[\w-]+(?:\.[\w-]+)*")  # every JWT begins so: {" in base64


def storable(value: object) -> str:
    """The value as text that every database takes: no NUL, no half of a surrogate pair."""
    text = str(value).replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def for_people(value: object) -> str:
    """One line for a person: numbers masked, tokens gone, of a bearable length."""
    line = " ".join(storable(value).split())
    line = _TOKEN.sub("[token]", line)
    line = _NUMBER.sub(lambda found: masked(found.group()), line)
    return line if len(line) <= _MAX else f"{line[: _MAX - 1]}…"


def scalar(value: Any) -> str | None:
    """A JSON string or number as text; None for what is absent, blank or of another kind."""
    if isinstance(value, str):  # first, since a receipt asks ten times
        return storable(value).strip() or None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return storable(value) if is_number else None


def number_in_type(value: Any) -> str | None:
    """1120 of https://developer.vonage.com/api-errors/messages#1120."""
    found = re.search(r"#(\d{1,8})$", scalar(value) or "", re.ASCII)
    return found.group(1) if found else None
