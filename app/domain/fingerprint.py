"""When are two campaigns the same? When everybody would read the same, from the same sender."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from app.domain.phone import PhoneNumber
from app.domain.template import Template


def fingerprint_of(
    people: Mapping[PhoneNumber, Mapping[str, str]], template: Template, sender: str
) -> str | None:
    """SHA-256 over sender, text and recipients, in whichever order and spelling they were named.

    Fields count as far as the text mentions them. None where there is nobody to write to.
    """
    if not people:
        return None
    digest = hashlib.sha256(json.dumps([sender, template.text]).encode())
    names = sorted(template.mentioned)
    for numbers in _in_one_order(people):
        digest.update("".join(numbers).encode())
        if names:
            values = [[people[number].get(name) for name in names] for number in numbers]
            digest.update(json.dumps(values).encode())
    return digest.hexdigest()


def _in_one_order(numbers: Iterable[PhoneNumber]) -> Iterator[list[PhoneNumber]]:
    """The same numbers in the same order, however they came.

    By their last digits first: to sort a million at once takes a second, and until it is over no
    other thread runs.
    """
    alike: defaultdict[str, list[PhoneNumber]] = defaultdict(list)
    for number in numbers:
        alike[number[-3:]].append(number)
    return (sorted(alike[end]) for end in sorted(alike))
