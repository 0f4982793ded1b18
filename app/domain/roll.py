"""Reads any number of recipients a chunk at a time, so that few stand in memory at once.

What must be remembered of all of them is which numbers were named: about a hundred bytes each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice
from operator import attrgetter

from app.domain.campaign import KEPT_TEXTS, Addressees, PlannedMessage, Refusal, read_addressees
from app.domain.phone import PhoneNumber
from app.domain.preview import Decision
from app.domain.template import Template

CHUNK = KEPT_TEXTS  # as many as `count_segments` remembers, too

Decide = Callable[[Addressees], Iterable[PlannedMessage]]
"""Who of a chunk gets what: one message for each person, in their order."""


@dataclass(slots=True)
class Roll:
    """Every number that was named so far, with its place."""

    seen: dict[int, int] = field(default_factory=dict)

    def strike(self, addressees: Addressees, start: int) -> list[Refusal]:
        """The refusals of a chunk that begins at `start`, under their places in the whole list.

        Those whom an earlier chunk named are taken out of it and are among them.
        """
        repeated = [
            Refusal(start + position, number, "", duplicate=True, number=number)
            for number, position in addressees.positions()
            if self.seen.setdefault(int(number), start + position) != start + position
        ]
        for each in repeated:
            assert each.number is not None
            del addressees.people[each.number]
        refused = [replace(each, position=start + each.position) for each in addressees.refusals]
        return sorted(map(self._named, [*refused, *repeated]), key=attrgetter("position"))

    def _named(self, refusal: Refusal) -> Refusal:
        """A duplicate says which recipient of the whole list had the number first."""
        if not refusal.duplicate or refusal.number is None:
            return refusal
        first = self.seen[int(refusal.number)]
        return replace(refusal, reason=f"the same number as recipient {first}")


def decisions(
    recipients: Iterable[object], template: Template, decide: Decide
) -> Iterator[Decision]:
    """What becomes of each recipient, in the client's order; a number gets one message at most."""
    roll, start, waiting = Roll(), 0, iter(recipients)
    while chunk := list(islice(waiting, CHUNK)):
        addressees = read_addressees(chunk, template)
        positions = dict(addressees.positions())
        refused = roll.strike(addressees, start)
        yield from merge(
            (Decision(refusal=each, position=each.position) for each in refused),
            _planned(addressees, positions, start, decide),
            key=attrgetter("position"),
        )
        start += len(chunk)


def _planned(
    addressees: Addressees, positions: Mapping[PhoneNumber, int], start: int, decide: Decide
) -> Iterator[Decision]:
    doubtful = {each.position for each in addressees.not_valid}
    for message in decide(addressees):
        position = positions[message.number]
        yield Decision(message, None, start + position, position in doubtful)
