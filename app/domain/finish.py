"""The last steps between a text that is filled in and one that is sent."""

from dataclasses import dataclass

from app.domain.footer import NO_TEXTS, SenderTexts, with_footer
from app.domain.short_links import shortened

MAX_LENGTH = 10_000
"""Characters of a template, and of what comes of it; Vonage takes fewer."""

TOO_LONG = f"the text becomes longer than {MAX_LENGTH} characters"


@dataclass(frozen=True, slots=True)
class Finished:
    """A text as it will be sent, but for the names of its short links, which come when queued."""

    text: str
    links: tuple[str, ...] = ()  # in order, the same one as often as it stands there


@dataclass(frozen=True, slots=True)
class Finish:
    """What is done to every text of a campaign: links made short, the sender's lines added."""

    texts: SenderTexts = NO_TEXTS
    link_base: str | None = None  # what short links begin with; None: links stay as they are

    @property
    def changes_something(self) -> bool:
        return self.link_base is not None or self.texts.adds_something

    def of(self, text: str) -> Finished:
        """Finish a text; the links that the sender's own lines have are left alone."""
        links: tuple[str, ...] = ()
        if self.link_base is not None:
            text, links = shortened(text, self.link_base)
        return Finished(with_footer(text, self.texts), links)


NO_FINISH = Finish()
