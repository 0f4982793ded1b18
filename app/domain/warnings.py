"""What in a campaign is lawful and all the same likely to go wrong: a list of rules."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.estimate import Estimate, seconds_for
from app.domain.policy import Policy
from app.domain.preview import Survey, Warned

# Carriers block texts with links of public shorteners, which anybody may use for anything:
# https://help.nexmo.com/hc/en-us/articles/360049692172
_SHORTENERS = (
    *("bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "rebrand.ly"),
    *("cutt.ly", "rb.gy", "tiny.cc", "shorturl.at", "t.ly", "lnkd.in", "bl.ink", "v.gd", "s.id"),
)
_SHORT_LINK = re.compile(
    rf"(?<![\w.-])(?:{'|'.join(map(re.escape, _SHORTENERS))})(?![\w-]|\.\w)", re.IGNORECASE
)
# "Alphanumeric Sender ID is not supported in the US": Vonage support, article 204017023; in Canada
# it is replaced by a number.
_NO_NAMES = ("US", "CA")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    template: str
    sender: str
    survey: Survey
    estimate: Estimate
    policy: Policy
    not_after: datetime | None = None

    @property
    def texts(self) -> Iterator[str]:
        """The template, then the texts that are shown."""
        yield self.template
        for sample in self.survey.samples.shown():
            yield sample.message.text


def warnings_of(facts: Facts) -> tuple[Warned, ...]:
    """Every warning, the most harmful first."""
    found = ((name, rule(facts)) for name, rule in _RULES)
    return tuple(Warned(name, text) for name, text in found if text)


def _nobody(facts: Facts) -> str | None:
    return None if facts.survey.tally.messages else "nobody gets a text"


def _shortener(facts: Facts) -> str | None:
    links = {link.lower() for text in facts.texts for link in _SHORT_LINK.findall(text)}
    if not links:
        return None
    named = ", ".join(sorted(links))
    return f"carriers block public link shorteners ({named}): use links of a domain of your own"


def _name_as_sender(facts: Facts) -> str | None:
    to = facts.survey.tally.messages_to
    count = sum(to[country] for country in _NO_NAMES)
    if not count or facts.sender.startswith("+"):
        return None
    return (
        f"{_many(count, 'text')} to the US or Canada, where {facts.sender!r} cannot be a sender and"
        " nobody could answer STOP: send from a number"
    )


def _unicode(facts: Facts) -> str | None:
    wide = facts.survey.encodings["UCS-2"]
    stock = facts.survey.stock.as_json()
    if not wide or stock is None:
        return None
    named = " ".join(each["character"] for each in stock["culprits"])
    told = (
        f"{_many(wide, 'text')} with characters outside the GSM alphabet ({named}), so that a"
        " segment holds 70 characters instead of 160"
    )
    return ". ".join([told, *stock["advice"]])


def _unpriced(facts: Facts) -> str | None:
    messages, segments = facts.estimate.unpriced
    if not messages:
        return None
    countries = [each.country for each in facts.estimate.countries if each.price is None]
    counted = f"{_many(messages, 'text')} ({_many(segments, 'segment')})"
    return (
        f"not in the sums: {counted} without a price, to"
        f" {', '.join(countries[:10])}{' and others' if len(countries) > 10 else ''}"  # noqa: PLR2004 (the ten that are named)
    )


def _spend_cap(facts: Facts) -> str | None:
    cap, costs = facts.policy.spend_cap, facts.estimate.costs
    if cap is None or max(costs.values(), default=0) < cap:
        return None
    worst = max(costs, key=lambda currency: costs[currency])
    return (
        f"about {costs[worst]:.2f} {worst} will be spent, and the campaign pauses at its spend cap"
        f" of {cap:.2f}"
    )


def _too_late(facts: Facts) -> str | None:
    end = facts.not_after
    if end is None or facts.estimate.finishes_at <= end:
        return None
    held = sum(count for until, count in facts.survey.tally.held.items() if until >= end)
    late = facts.estimate.finishes_at - max(end, facts.estimate.begins_at)
    pace = int(late / timedelta(seconds=seconds_for(1, facts.estimate.rate)))
    count = max(held, min(facts.survey.tally.messages, pace))
    return f"about {_many(count, 'text')} will be skipped: too late for not_after at this rate"


def _doubtful(facts: Facts) -> str | None:
    count = facts.survey.doubtful
    return f"{_many(count, 'number')} possible, but in no numbering plan" if count else None


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


_RULES: tuple[tuple[str, Callable[[Facts], str | None]], ...] = (
    ("nobody", _nobody),
    ("public link shortener", _shortener),
    ("name as sender", _name_as_sender),
    ("not_after", _too_late),
    ("spend cap", _spend_cap),
    ("unicode", _unicode),
    ("unpriced", _unpriced),
    ("numbers", _doubtful),
)
