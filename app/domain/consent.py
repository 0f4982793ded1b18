"""STOP, START and HELP in the words of people.

In the United States a reply of stop, quit, end, revoke, opt out, cancel or unsubscribe revokes
consent by definition, and so does any other wording that a reasonable person would understand
(47 CFR 64.1200(a)(10)). Keeping somebody who wanted to leave is the expensive mistake, so what
is unsure is read as leaving, with a certainty that lets a person review it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.consent_words import (
    ALONE,
    BESIDE_OPT_OUT,
    FILLERS,
    HELP,
    NEGATIONS,
    OPT_IN,
    OPT_OUT,
    PHRASES,
    POLITE,
    REAL_WORDS,
    TYPED_OFTEN,
    YES,
)


class Reply(StrEnum):
    """What a text to us asks for."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    OTHER = "other"  # an ordinary reply


class Certainty(StrEnum):
    """How the reading came about; the last two deserve a person's look."""

    KEYWORD = "keyword"  # the whole message is a keyword
    POLITE = "polite"  # keywords and nothing but polite words
    PHRASE = "phrase"  # a strong phrase, or a keyword as a sentence of its own
    TYPO = "typo"  # one word, one slip of the finger away from a keyword


@dataclass(frozen=True, slots=True)
class ReplyReading:
    """`keyword` is the word or phrase that decided, normalised; None for an ordinary reply."""

    reply: Reply
    keyword: str | None = None
    certainty: Certainty | None = None


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What words mean at one sender, besides what they mean everywhere; as they are compared."""

    meaning: Mapping[str, Reply] = field(default_factory=dict)


NO_WORDS = OwnWords()
_ORDINARY = ReplyReading(Reply.OTHER)
_SENTENCE_END = re.compile("[.!?\n\r;。！？]+")  # noqa: RUF001 - other scripts' own marks
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = "'’‘`´"  # noqa: RUF001 - the look-alikes are the point
_SHORTEST_TYPO = 4  # letters; below it most words are one slip from each other


def read_reply(
    text: str, *, opted_out: bool = False, asked: bool = False, own: OwnWords = NO_WORDS
) -> ReplyReading:
    """What the sender of this text wants.

    YES opts in only where the person is known to have opted out before (`opted_out`), or was
    asked to confirm an opt-in (`asked`): it may answer any other question too. `own` are the
    words of the sender that was texted.
    """
    words = _words(text)
    may_return = opted_out or asked
    return (
        _keyword(words, opted_out=may_return)
        or _own_word(words, own)
        or _polite(words, opted_out=may_return)
        or _sentence(text)
        or _phrase(words)
        or _typo(words)
        or _ORDINARY
    )


def normalised(text: str) -> str:
    """A keyword as it is compared."""
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    """Lower case, without accents, punctuation, emoji and invisible characters."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    words = _WORD.findall("".join(c for c in plain if not _is_dropped(c)))
    spelled_out = len(words) > 1 and all(len(word) == 1 for word in words)  # S.T.O.P.
    return ["".join(words)] if spelled_out else words


def _is_dropped(character: str) -> bool:
    """Accents, invisible characters, and apostrophes: don't becomes dont."""
    return character in _APOSTROPHES or unicodedata.category(character) in {"Mn", "Me", "Cf"}


def _meaning(keyword: str, *, opted_out: bool) -> Reply | None:
    if keyword in OPT_OUT:
        return Reply.OPT_OUT
    if keyword in HELP:
        return Reply.HELP
    if keyword in OPT_IN or (opted_out and keyword in YES):
        return Reply.OPT_IN
    return None


def _keyword(words: list[str], *, opted_out: bool) -> ReplyReading | None:
    """The whole message is a keyword."""
    keyword = " ".join(words)
    reply = Reply.OPT_OUT if keyword in ALONE else _meaning(keyword, opted_out=opted_out)
    return ReplyReading(reply, keyword, Certainty.KEYWORD) if reply else None


def _own_word(words: list[str], own: OwnWords) -> ReplyReading | None:
    """A word of this sender, alone or among polite ones."""
    while len(words) > 1 and words[0] in POLITE:
        words = words[1:]
    for length in range(len(words), 0, -1):
        reply = own.meaning.get(keyword := " ".join(words[:length]))
        if reply is not None and POLITE.issuperset(words[length:]):
            is_alone = length == len(words)
            return ReplyReading(reply, keyword, Certainty.KEYWORD if is_alone else Certainty.POLITE)
    return None


def _polite(words: list[str], *, opted_out: bool) -> ReplyReading | None:
    """Nothing but keywords and polite words; who also says STOP wants that."""
    found, others = _split(words, opted_out=opted_out)
    for reply in (Reply.OPT_OUT, Reply.HELP, Reply.OPT_IN):
        allowed = BESIDE_OPT_OUT if reply is Reply.OPT_OUT else POLITE
        if reply in found and allowed.issuperset(others):
            return ReplyReading(reply, found[reply], Certainty.POLITE)
    return None


def _split(words: list[str], *, opted_out: bool) -> tuple[dict[Reply, str], list[str]]:
    """The first keyword of each meaning, and the words that belong to none."""
    found: dict[Reply, str] = {}
    others: list[str] = []
    while words:
        for length in (2, 1):  # "stop all" before "stop"
            keyword = " ".join(words[:length])
            if reply := _meaning(keyword, opted_out=opted_out):
                found.setdefault(reply, keyword)
                break
        else:
            others.append(words[0])
        words = words[length:]
    return found, others


def _sentence(text: str) -> ReplyReading | None:
    """STOP as a sentence of its own: "Who is this? Stop."."""
    for sentence in _SENTENCE_END.split(text):
        reading = _polite(_words(sentence), opted_out=False)
        if reading and reading.reply is Reply.OPT_OUT:
            return ReplyReading(Reply.OPT_OUT, reading.keyword, Certainty.PHRASE)
    return None


def _phrase(words: list[str]) -> ReplyReading | None:
    """The first strong phrase, unless it is negated: "please don't unsubscribe me"."""
    words = [word for word in words if word not in FILLERS]
    words = " ".join(words).replace("do not", "dont").split()
    for at in range(len(words)):
        negated = at > 0 and words[at - 1] in NEGATIONS
        for length in range(1, 5):
            phrase = " ".join(words[at : at + length])
            if phrase in PHRASES and not negated:
                return ReplyReading(Reply.OPT_OUT, phrase, Certainty.PHRASE)
    return None


def _typo(words: list[str]) -> ReplyReading | None:
    """One word that is one slip away from a keyword, or repeats its letters: "Stpo", "Stoooop"."""
    if len(words) != 1 or len(words[0]) < _SHORTEST_TYPO or words[0] in REAL_WORDS:
        return None
    for keyword in TYPED_OFTEN:
        if _one_slip(words[0], keyword) or re.sub(r"(.)\1+", r"\1", words[0]) == keyword:
            return ReplyReading(Reply.OPT_OUT, keyword, Certainty.TYPO)
    return None


def _one_slip(one: str, other: str) -> bool:
    """One letter more, less or other, or two neighbours swapped."""
    start = 0
    while one[start : start + 1] == other[start : start + 1] != "":
        start += 1
    one, other = one[start:], other[start:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]
