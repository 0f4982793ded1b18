"""The lines of a preview: one for each recipient, whatever becomes of it."""

import csv
import io
from datetime import timedelta

from app.domain.campaign import OPTED_OUT, PlannedMessage, Refusal
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.preview import Decision
from app.web.preview_rows import HEADER, lines
from tests.support.builders import numbers
from tests.support.fakes import START

NUMBER = PhoneNumber("+14155550101")
LATER = START + timedelta(hours=2)


def queued(text: str = "Hello", **more: object) -> PlannedMessage:
    return PlannedMessage(NUMBER, text, 1, MessageStatus.QUEUED, **more)  # type: ignore[arg-type]  # a test names what matters to it


def read(*decisions: Decision) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines(decisions, START)))))


def test_every_fate_has_its_line() -> None:
    skipped = PlannedMessage(NUMBER, "", 0, MessageStatus.SKIPPED, OPTED_OUT)
    rows = read(
        Decision(queued(), position=0),
        Decision(queued(due_at=LATER, reason="until 09:00 America/Chicago"), position=1),
        Decision(skipped, position=2),
        Decision(refusal=Refusal(3, "@x", "-no digits"), position=3),
        Decision(refusal=Refusal(4, "x", "the same", duplicate=True, number=NUMBER), position=4),
        Decision(queued('=1+1, "x"\nmore')),
    )

    assert rows == [
        list(HEADER),
        ["0", NUMBER, "send now", "", "", "1", "US", "Hello"],
        [
            *("1", NUMBER, "held", "2026-03-02T14:00:00Z", "until 09:00 America/Chicago"),
            *("1", "US", "Hello"),
        ],
        ["2", NUMBER, "skipped", "", "opted out", "0", "US", ""],
        ["3", "'@x", "refused", "", "'-no digits", "", "", ""],
        ["4", NUMBER, "duplicate", "", "the same", "", "", ""],
        ["", NUMBER, "send now", "", "", "1", "US", '\'=1+1, "x"\nmore'],
    ]


def test_many_lines_come_in_parts() -> None:
    decisions = [Decision(queued(), position=place) for place, _ in enumerate(numbers(1_001))]

    parts = list(lines(iter(decisions), START))

    assert len(parts) == 3
    assert "".join(parts).count("\r\n") == 1_002
