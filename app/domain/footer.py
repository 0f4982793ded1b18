"""Who writes, and how to opt out: what a sender's settings add to the texts of campaigns.

After the CTIA Messaging Principles (May 2023, section 5.1): people are to know who writes and how
to opt out. Each is added once, and not where the text has it already.
"""

from dataclasses import dataclass
from functools import lru_cache

from app.domain.opt_out_lines import folded, tells_how_to_opt_out

LONGEST_NAME = 40
LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class SenderTexts:
    """What is to stand in every campaign text of a sender; nothing, unless that was set."""

    programme_name: str | None = None
    add_programme_name: bool = False
    opt_out_line: str | None = None
    add_opt_out_line: bool = False

    @property
    def name(self) -> str | None:
        """The name that is to be added, if one is."""
        return self.programme_name if self.add_programme_name else None

    @property
    def line(self) -> str | None:
        """The line that is to be added, if one is."""
        return self.opt_out_line if self.add_opt_out_line else None

    @property
    def adds_something(self) -> bool:
        return bool(self.name or self.line)


NO_TEXTS = SenderTexts()


def with_footer(text: str, texts: SenderTexts) -> str:
    """The text with what the sender adds to it; an empty text stays empty."""
    if not text.strip():
        return text
    compared = folded(text)
    lacks_name = texts.name and not _begins_with(compared, _known(texts.name))
    lacks_line = texts.line and not _has_line(text, compared, _known(texts.line))
    named = f"{texts.name}: {text}" if lacks_name else text
    return f"{named.rstrip()}\n{texts.line}" if lacks_line else named


_known = lru_cache(maxsize=64)(folded)
"""The same few names and lines over and over, for very many texts."""


def _begins_with(text: str, name: str) -> bool:
    """Is the name the first thing in the text, whole, whatever stands around it?"""
    compared, wanted = _bare(text), _bare(name)
    rest = compared.removeprefix(wanted)
    return rest != compared and not rest[:1].isalnum()


def _bare(text: str) -> str:
    """Without whatever stands before the first letter or digit, such as brackets."""
    start = next((place for place, c in enumerate(text) if c.isalnum()), len(text))
    return text[start:]


def _has_line(text: str, compared: str, line: str) -> bool:
    return line in compared or tells_how_to_opt_out(text)
