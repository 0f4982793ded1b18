"""Opt-outs that a file brings. A file can only take away the right to write, never give it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.campaign import OPTED_OUT
from app.domain.consent_ledger import ConsentEvent, ConsentKind
from app.storage import campaign_status, consent, messages
from app.storage.database import Session

_SALT = 10  # bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says of somebody who left, and where."""

    file: str
    row: int
    wording: str


def opt_out(session: Session, said: Mapping[str, Said], ids: Iterator[str], now: datetime) -> int:
    """Opt out these numbers, and skip what waits for them; returns how many are new.

    Whoever opted out before stays so, and nothing is added to what is known of that.
    """
    before = consent.opted_out(session, list(said))
    new = sorted(said.keys() - before)
    events = [_event(next(ids), number, said[number], now) for number in new]
    if events:
        consent.record(session, events)
        touched = messages.skip_all_queued(session, new, OPTED_OUT, now)
        campaign_status.finish_done(session, touched, now)
    return len(events)


def _event(event_id: str, number: str, said: Said, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        id=event_id,
        number=number,
        event=ConsentKind.OPT_OUT,
        method="import",
        wording=said.wording,
        source_file=said.file,
        source_row=said.row,
        at=now,
        salt=os.urandom(_SALT).hex(),
    )
