"""When are two campaigns the same? When everybody would read the same, from the same sender."""

import hashlib
import json
from collections.abc import Mapping

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
    for number in sorted(people):
        digest.update(number.encode())
        if names:
            values = [people[number].get(name) for name in names]
            digest.update(json.dumps(values).encode())
    return digest.hexdigest()
