"""What became of every recipient, in words and as a table."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

MEANINGS = {
    "delivered": "the phone has it, says the carrier",
    "submitted": "handed to the carrier, which has not said more",
    "accepted": "taken by Vonage, which has not said more",
    "rejected": "refused by the carrier",
    "undeliverable": "the carrier could not be reached",
    "failed": "refused by Vonage, not sent",
    "in_doubt": "no answer came, so it may have been sent: never sent again by itself",
    "skipped": "not sent",
    "sending": "on their way just now",
    "queued": "waiting to be sent",
}
"""Every status that a message can have, the best first."""

EXPLAINED = ("rejected", "undeliverable", "failed", "in_doubt", "skipped")
SHOWN = 10  # refused recipients
HIDDEN = 2  # digits that masking leaves at the end


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the API and the simulator tell of a campaign that is over."""

    campaign: Json
    messages: Sequence[Json]
    refusals: Sequence[Json]
    opted_out: Sequence[str] = ()  # numbers that stopped while the campaign was sent

    @property
    def statuses(self) -> Counter[str]:
        return Counter(message["status"] for message in self.messages)

    @property
    def duplicates(self) -> int:
        return sum(refusal["duplicate"] for refusal in self.refusals)

    @property
    def is_whole(self) -> bool:
        """Is every recipient accounted for, exactly once, and nothing left to do?"""
        counted = {status: number for status, number in self.campaign["messages"].items() if number}
        accounted = len(self.messages) + len(self.refusals)
        return (
            accounted == self.campaign["recipient_count"]
            and counted == dict(self.statuses)
            and self.campaign["status"] == "finished"
        )


def lines(facts: Facts) -> Iterator[str]:
    """The report."""
    campaign = facts.campaign
    yield f"What became of the {campaign['recipient_count']} recipients{_duration(campaign)}:"
    yield ""
    for status, meaning in MEANINGS.items():
        if number := facts.statuses[status]:
            yield row(status.replace("_", " "), number, meaning)
            yield from _explained(facts.messages, status)
    if facts.duplicates:
        yield row("duplicates", facts.duplicates, "the same number again, spelt otherwise or not")
    yield from _refused([refusal for refusal in facts.refusals if not refusal["duplicate"]])
    yield f"  {'':-<21}"
    yield row("recipients", len(facts.messages) + len(facts.refusals), "")
    yield ""
    yield from _besides(facts)


def _duration(campaign: Json) -> str:
    """How long it took until everything was sent; nothing while that is not so."""
    if not campaign["started_at"] or not campaign["finished_at"]:
        return ""
    started, finished = (
        datetime.fromisoformat(campaign[name]) for name in ("started_at", "finished_at")
    )
    return f", all tried in {(finished - started).total_seconds():.1f} s"


def row(name: str, number: int, meaning: str) -> str:
    return f"  {name:<15}{number:>6}  {meaning}".rstrip()


def detail(number: int | None, text: str) -> str:
    """A line below a row, indented by as much."""
    return f"  {'':<15}{number or '':>6}    {text}"


def _explained(messages: Iterable[Json], status: str) -> Iterator[str]:
    """Why, the most frequent reason first."""
    if status not in EXPLAINED:
        return
    reasons = Counter(
        (message["error_code"] or "", message["reason"] or "no reason was given")
        for message in messages
        if message["status"] == status
    )
    for (code, reason), number in reasons.most_common():
        yield detail(number, f"{code} {reason}".strip())


def _refused(refusals: Sequence[Json]) -> Iterator[str]:
    if refusals:
        yield row("refused", len(refusals), "not a number that can be texted")
    for refusal in refusals[:SHOWN]:
        value = masked(refusal["value"])
        yield detail(None, f"[{refusal['index']}] {value}: {refusal['reason']}")
    if len(refusals) > SHOWN:
        yield detail(None, f"and {len(refusals) - SHOWN} more")


def masked(text: str) -> str:
    """The text with all digits hidden but the last two."""
    digits = [place for place, character in enumerate(text) if character.isdigit()]
    hidden = set(digits[:-HIDDEN])
    return "".join("*" if place in hidden else character for place, character in enumerate(text))


def _besides(facts: Facts) -> Iterator[str]:
    """What the table has no place for."""
    not_valid = facts.campaign["results"]["not_valid_count"]
    if not_valid:
        yield f"In no numbering plan, yet texted, since plans change: {not_valid}."
    retried = [message for message in facts.messages if message["attempts"] > 1]
    if retried:
        yield f"Tried more than once, since Vonage had provably not taken it: {len(retried)}."
    if facts.opted_out:
        numbers = ", ".join(map(masked, facts.opted_out))
        yield f"Opted out meanwhile, by text, and had that confirmed: {numbers}."
    for currency, price in sorted(prices(facts.messages).items()):
        yield f"Price by the carriers' receipts: {price} {currency}."


def prices(messages: Iterable[Json]) -> dict[str, Decimal]:
    """The sum in each currency."""
    sums: dict[str, Decimal] = {}
    for message in messages:
        if message["price"] is not None:
            currency = message["currency"] or ""
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(message["price"])
    return sums
