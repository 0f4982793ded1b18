"""Who writes, and how to opt out: what a sender's settings add to the texts of campaigns.

CTIA Messaging Principles (May 2023) 5.1.3 and 5.2: a text names its programme, and tells at
regular intervals how to opt out. Each is added once, and not where the text has it already.
"""

from dataclasses import dataclass

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
    if texts.name and not _begins_with(text, texts.name):
        text = f"{texts.name}: {text}"
    if texts.line and not _has_line(text, texts.line):
        text = f"{text.rstrip()}\n{texts.line}"
    return text


def _begins_with(text: str, name: str) -> bool:
    """Is the name the first thing in the text, whole, whatever stands around it?"""
    compared, wanted = _bare(folded(text)), _bare(folded(name))
    rest = compared.removeprefix(wanted)
    return rest != compared and not rest[:1].isalnum()


def _bare(text: str) -> str:
    """Without whatever stands before the first letter or digit, such as brackets."""
    start = next((place for place, c in enumerate(text) if c.isalnum()), len(text))
    return text[start:]


def _has_line(text: str, line: str) -> bool:
    return folded(line) in folded(text) or tells_how_to_opt_out(text)
