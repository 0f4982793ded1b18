"""Opt-outs that a file brings. A file can only take away the right to write, never give it."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime

from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.storage import consent
from app.storage.database import Session

_SALT = 10  # bytes


def opt_out(session: Session, words: Mapping[str, str], ids: Iterator[str], now: datetime) -> int:
    """Opt out these numbers, with the words and the place in the file; returns how many are new.

    Whoever opted out before stays so, and nothing is added to what is known of that.
    """
    before = consent.opted_out(session, list(words))
    events = [
        ConsentEvent(
            id=next(ids),
            number=number,
            event=ConsentKind.OPT_OUT,
            method="import",
            wording=words[number],
            at=now,
            salt=os.urandom(_SALT).hex(),
        )
        for number in sorted(words.keys() - before)
    ]
    if events:
        consent.record(session, events)
    return len(events)
