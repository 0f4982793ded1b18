"""Opt-outs that a file brings. A file can only take away the right to write, never give it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.domain.consent import Reply
from app.storage import consent
from app.storage.consent import NewConsentEvent
from app.storage.database import Session


def opt_out(session: Session, words: Mapping[str, str], ids: Iterator[str], now: datetime) -> int:
    """Opt out these numbers, with the words and the place in the file; returns how many are new.

    Whoever opted out before stays so, and nothing is added to what is known of that.
    """
    before = consent.opted_out(session, list(words))
    for number in sorted(words.keys() - before):
        event = NewConsentEvent(
            id=next(ids),
            number=number,
            event=Reply.OPT_OUT,
            method="import",
            wording=words[number],
            at=now,
            inbound_uuid=None,
        )
        consent.add_event(session, event)
        consent.opt_out(session, event)
    return len(words.keys() - before)
