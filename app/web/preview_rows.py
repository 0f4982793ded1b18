"""Every decision of a preview as CSV, a line at a time."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO

from app.domain.country import country_of
from app.domain.preview import Decision, Fate
from app.domain.sheet_cells import harmless
from app.web.views import time_text

HEADER = ("position", "number", "decision", "until", "reason", "segments", "country", "text")
_PART = 500  # lines that are written at once


def lines(decided: Iterable[Decision], begins_at: datetime) -> Iterator[str]:
    """CSV (RFC 4180) in parts; few decisions stand in memory at a time."""
    page = StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(HEADER)
    for place, decision in enumerate(decided, 1):
        writer.writerow(_row(decision, begins_at))
        if place % _PART == 0:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _row(decision: Decision, begins_at: datetime) -> tuple[object, ...]:
    fate, place = decision.fate(begins_at), decision.position
    where = "" if place is None else place
    message, refusal = decision.message, decision.refusal
    if message is None:
        assert refusal is not None
        number = refusal.number or harmless(refusal.value)
        return (where, number, fate.value, "", harmless(refusal.reason), "", "", "")
    return (
        where,
        message.number,
        fate.value,
        time_text(message.due_at) if fate is Fate.HELD else "",
        harmless(message.reason or message.hold_note or ""),
        message.segments,
        country_of(message.number),
        harmless(message.text),
    )
