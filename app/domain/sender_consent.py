"""How one sender speaks of itself, and which words it listens to besides the common ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.campaign import why_unsendable
from app.domain.consent import NO_WORDS, OwnWords, Reply, normalised, read_reply
from app.domain.errors import FixInput, Mistake
from app.domain.replies import Programme

_MOST_WORDS = 50
_LONGEST_WORD = 40
_TEXTS = ("opt_out_text", "opt_in_text", "help_text")


class ManagedBy(StrEnum):
    """Who answers STOP."""

    US = "us"
    PROVIDER = "provider"  # as with Vonage's Opt-Out Assist, and toll-free numbers in the US


@dataclass(frozen=True, slots=True)
class SenderConsent:
    """What an operator decided for one sender; None: as the settings of the service have it."""

    programme_name: str | None = None
    support_contact: str | None = None
    frequency: str | None = None
    opt_out_text: str | None = None
    opt_in_text: str | None = None
    help_text: str | None = None
    opt_out_managed_by: ManagedBy = ManagedBy.US
    words: OwnWords = NO_WORDS

    def programme(self, default: Programme) -> Programme:
        """Who is writing, when this sender does."""
        return replace(
            default,
            name=self.programme_name or default.name,
            support_contact=self.support_contact or default.support_contact,
            frequency=self.frequency,
            opt_out_text=self.opt_out_text,
            opt_in_text=self.opt_in_text,
            help_text=self.help_text,
            is_managed=self.opt_out_managed_by is ManagedBy.PROVIDER,
        )


COMMON = SenderConsent()
"""A sender for which nothing was decided."""


def read_words(told: Mapping[Reply, Sequence[str]]) -> OwnWords:
    """Words of an operator as replies are compared; raises FixInput with every mistake."""
    mistakes: list[Mistake] = []
    meaning: dict[str, Reply] = {}
    for reply, words in told.items():
        if len(words) > _MOST_WORDS:
            mistakes.append(Mistake(f"/{reply}_words", f"has more than {_MOST_WORDS} words"))
        for place, word in enumerate(words):
            plain = normalised(word)
            if reason := _why_no_keyword(plain, reply, meaning):
                mistakes.append(Mistake(f"/{reply}_words/{place}", reason))
            else:
                meaning[plain] = reply
    if mistakes:
        raise FixInput(mistakes)
    return OwnWords(meaning)


def _why_no_keyword(word: str, reply: Reply, meaning: Mapping[str, Reply]) -> str | None:
    if not 1 < len(word) <= _LONGEST_WORD:
        return f"must have 2 to {_LONGEST_WORD} letters or digits"
    common = read_reply(word).reply
    if common not in (Reply.OTHER, reply):
        return f"means {common} everywhere, and cannot mean {reply}"
    if meaning.get(word, reply) is not reply:
        return f"is listed for {meaning[word]} as well"
    return None


def check_texts(consent: SenderConsent, default: Programme) -> None:
    """Raises FixInput where a text lacks what the law, or the carriers, want to see in it."""
    programme = consent.programme(default)
    mistakes = list(_flaws(consent, programme))
    if mistakes:
        raise FixInput(mistakes)


def _flaws(consent: SenderConsent, programme: Programme) -> Iterator[Mistake]:
    for name in _TEXTS:
        text: str | None = getattr(consent, name)
        if text is None:
            continue
        if reason := why_unsendable(text):
            yield Mistake(f"/{name}", reason)
        if programme.name.casefold() not in text.casefold():
            yield Mistake(f"/{name}", f"must name the programme: {programme.name}")
        if name != "opt_out_text" and "stop" not in text.casefold():
            yield Mistake(f"/{name}", "must say how to leave, as in: Reply STOP to stop")
    contact = programme.support_contact
    if consent.help_text and contact and contact.casefold() not in consent.help_text.casefold():
        yield Mistake("/help_text", f"must tell where people can ask: {contact}")
